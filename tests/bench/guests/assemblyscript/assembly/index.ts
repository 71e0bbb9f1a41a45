// The scenarios of the benchmark as one ordinary AssemblyScript service: what the SDK and a router cost.
import { app, fetch, Request, Response, storage } from "berth";
export { berth_abi_1, mk_module_on_event } from "berth";

const OUT_BYTES = 1 << 20;

app.get("/hello", (_request: Request, response: Response) => {
  response.text("hello");
});

app.post("/echo", (request: Request, response: Response) => {
  response.send(request.body, "application/json");
});

app.post("/body-in", (request: Request, response: Response) => {
  response.text(request.wholeBody().length.toString());
});

app.get("/body-out", (_request: Request, response: Response) => {
  const body = new Uint8Array(OUT_BYTES);
  body.fill(120);
  response.send(body, "text/plain");
});

app.get("/egress", (request: Request, response: Response) => {
  const answer = fetch(request.env.get("TARGET"));
  if (!answer.ok) return response.error(502, answer.message);
  response.send(answer.body, "text/plain");
});

app.get("/storage-read", (_request: Request, response: Response) => {
  response.text(storage.get("key").ok ? "ok" : "failed");
});

app.get("/storage-write", (request: Request, response: Response) => {
  if (!storage.set("key", request.query("value")).ok) return response.error(500, "not written");
  response.text("ok");
});
