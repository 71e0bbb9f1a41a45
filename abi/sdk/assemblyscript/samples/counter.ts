// Counter: storage, JSON, compare-and-set.
import { app, Json, log, Outcome, Request, Response, storage } from "berth";
export { berth_abi_1, mk_module_on_event } from "berth";

function keyOf(request: Request): string {
  return "counter:" + request.param("name");
}

function fail(response: Response, outcome: Outcome): void {
  response.error(outcome.code == "denied" ? 403 : 500, outcome.code + ": " + outcome.message);
}

app.get("/counters", (_request: Request, response: Response) => {
  const page = storage.list("counter:");
  if (!page.ok) return fail(response, page);
  const counters = Json.object();
  for (let index = 0; index < page.items.length; index++) {
    const item = page.items[index];
    counters.setNumber(item.key.substring(8), parseInt(item.value));
  }
  response.json(counters.toString());
});

app.get("/counters/:name", (request: Request, response: Response) => {
  const item = storage.get(keyOf(request));
  if (!item.ok) return fail(response, item);
  if (!item.found) return response.error(404, "no such counter");
  const name = request.param("name");
  response.json(Json.object().setText("name", name).setNumber("value", parseInt(item.value)).toString());
});

app.post("/counters/:name", (request: Request, response: Response) => {
  const body = request.body.length == 0 ? Json.object() : Json.parse(request.text);
  if (body === null) return response.error(400, "the body is no JSON");
  const by: i64 = body.has("by") ? body.get("by").integer : 1;
  const key = keyOf(request);
  while (true) {
    const item = storage.get(key);
    if (!item.ok) return fail(response, item);
    const value: i64 = (item.found ? <i64>parseInt(item.value) : 0) + by;
    const swapped = storage.compareAndSet(key, item.found ? item.value : null, value.toString());
    if (!swapped.ok) return fail(response, swapped);
    if (!swapped.value) continue; // somebody else was faster: look again
    const name = request.param("name");
    log.info("counted", ["name", name]);
    return response.json(Json.object().setText("name", name).setNumber("value", <f64>value).toString());
  }
});

app.del("/counters/:name", (request: Request, response: Response) => {
  const removed = storage.remove(keyOf(request));
  if (!removed.ok) return fail(response, removed);
  response.status(removed.value ? 204 : 404).text("");
});
