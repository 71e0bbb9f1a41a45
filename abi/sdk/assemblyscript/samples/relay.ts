// Relay: outbound requests, whole and streamed.
import { app, fetch, Headers, Request, Response } from "berth";
export { berth_abi_1, mk_module_on_event } from "berth";

const OCTETS = "application/octet-stream";

app.all("/relay", (request: Request, response: Response) => {
  const headers = new Headers().add("x-relayed-by", "berth");
  const answer = fetch(request.query("url"), request.method, request.wholeBody(), headers);
  if (!answer.ok) {
    return response.error(answer.code == "denied" ? 403 : 502, answer.code + ": " + answer.message);
  }
  for (let index = 0; index < answer.headers.names.length; index++) {
    const name = answer.headers.names[index];
    if (name == "set-cookie") response.header(name, answer.headers.values[index]);
  }
  const type = answer.headers.get("content-type");
  response.status(answer.status).send(answer.body, type.length > 0 ? type : OCTETS);
});

app.get("/stream", (request: Request, response: Response) => {
  const answer = fetch(request.query("url"), "GET", new Uint8Array(0), new Headers(), 0, true);
  if (!answer.ok) return response.error(502, answer.code);
  const type = answer.headers.get("content-type");
  response.status(answer.status).start(type.length > 0 ? type : OCTETS);
  while (true) {
    const piece = answer.read();
    if (piece.length == 0) break;
    if (!response.write(piece)) return; // the client has left
  }
  response.end();
});
