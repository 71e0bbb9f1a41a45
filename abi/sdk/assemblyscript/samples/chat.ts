// Chat: WebSocket connections, messages to one and to all of a room, calls to another service.
import { app, callService, Request, Response, textOf, websocket } from "berth";
export { berth_abi_1, mk_module_on_event } from "berth";

app.websocket("/rooms/:room", (request: Request, response: Response) => {
  const room = "/rooms/" + request.param("room");
  const name = request.query("name");
  if (request.event == "websocket.open") {
    if (name.length == 0) response.error(401, "say your name: ?name=…");
    else websocket.send(request.connection, "welcome " + name);
  } else if (request.event == "websocket.message" && request.binary) {
    websocket.sendBinary(request.connection, request.wholeBody());
  } else if (request.event == "websocket.message") {
    websocket.publish(name + ": " + textOf(request.wholeBody()), room);
  } else {
    websocket.publish(name + " left", room);
  }
});

app.post("/kick/:connection", (request: Request, response: Response) => {
  const done = websocket.close(request.param("connection"), 4001, "kicked");
  response.text(done.ok ? "kicked" : done.code);
});

app.get("/ask/:service", (request: Request, response: Response) => {
  const answer = callService(request.param("service"), "/hello/chat?greeting=hi");
  if (!answer.ok) response.error(502, answer.code);
  else response.status(<i32>answer.status).text(textOf(answer.body));
});
