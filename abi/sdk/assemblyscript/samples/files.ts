// Files: uploads into a mount, downloads from it, server-sent events.
import { app, form, Json, Request, Response, utf8 } from "berth";
export { berth_abi_1, mk_module_on_event } from "berth";

app.post("/upload", (_request: Request, response: Response) => {
  const stored = Json.list();
  while (true) {
    const part = form.next();
    if (!part.ok) return response.error(400, part.code + ": " + part.message);
    if (part.end) break;
    if (!part.file) {
      stored.push(Json.object().setText("name", part.name).setText("value", part.value));
      continue;
    }
    // The field's name is ours to choose in the form; the file name is the client's and no path to trust.
    const saved = form.save("/data/" + part.name);
    if (!saved.ok) return response.error(saved.code == "denied" ? 403 : 500, saved.code);
    const size = <f64>saved.size;
    stored.push(Json.object().setText("name", part.name).setText("filename", part.filename).setNumber("size", size));
  }
  response.status(201).json(stored.toString());
});

app.get("/files/:name", (request: Request, response: Response) => {
  const sent = response.file("/data/" + request.param("name"), "application/octet-stream");
  if (!sent.ok) response.error(sent.code == "noent" ? 404 : 403, sent.code);
});

app.get("/events", (request: Request, response: Response) => {
  response.header("cache-control", "no-store").start("text/event-stream");
  const count = parseInt(request.query("count", "3"));
  for (let at = 1; at <= count; at++) {
    if (!response.write(utf8("data: " + at.toString() + "\n\n"))) return;
  }
  response.end();
});
