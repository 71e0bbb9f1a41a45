// Hello: routes, path parameters, query, a status of its own.
import { app, Request, Response } from "berth";
export { berth_abi_1, mk_module_on_event } from "berth";

app.get("/", (_request: Request, response: Response) => {
  response.text("hello from AssemblyScript");
});

app.get("/hello/:name", (request: Request, response: Response) => {
  const greeting = request.query("greeting", "hello");
  response.text(greeting + " " + request.param("name"));
});

app.post("/echo", (request: Request, response: Response) => {
  const body = request.wholeBody();
  response.status(201).header("x-length", body.length.toString());
  response.header("set-cookie", "a=1").header("set-cookie", "b=2");
  const type = request.header("content-type");
  response.send(body, type.length > 0 ? type : "application/octet-stream");
});
