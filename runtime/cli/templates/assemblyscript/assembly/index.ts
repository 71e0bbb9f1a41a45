// {{name}}: says hello and remembers how often.
import { app, log, quote, Request, Response, storage } from "berth";
export { berth_abi_1, mk_module_on_event } from "berth";

app.get("/", (_request: Request, response: Response) => {
  response.text("{{name}} is here; try /hello/you\n");
});

// Storage needs the "storage" capability of berth.json.
app.get("/hello/:name", (request: Request, response: Response) => {
  const name = request.param("name");
  const before = storage.get(name);
  if (!before.ok) return response.error(500, before.message);
  const times = (before.found ? I32.parseInt(before.value) : 0) + 1;
  const stored = storage.set(name, times.toString());
  if (!stored.ok) return response.error(500, stored.message);
  log.info("said hello");
  response.json('{"greeting":' + quote("hello " + name) + ',"times":' + times.toString() + "}");
});
