// Named counters in the service's storage. See README.md for what it answers.
import { app, quote, Request, Response, storage } from "berth";
export { berth_abi_1, mk_module_on_event } from "berth";

/** Clients that add at the same moment: each try loses to one of them at most. */
const TRIES_MAX = 100;
const NAME_MAX = 64;
const PAGE = 100;

/** GET / — all counters. */
function list(_request: Request, response: Response): void {
  const page = storage.list("", "", "", PAGE);
  if (!page.ok) return response.error(500, page.message);
  let text = "";
  for (let index = 0; index < page.items.length; index++) {
    const item = page.items[index];
    text += (index == 0 ? "" : ",") + quote(item.key) + ":" + item.value;
  }
  response.json('{"counters":{' + text + "}}");
}

/** GET /:name — one counter; one that was never added to stands at 0. */
function read(request: Request, response: Response): void {
  const item = storage.get(request.param("name"));
  if (!item.ok) return response.error(500, item.message);
  answer(response, item.key, item.found ? item.value : "0");
}

/** POST /:name?by=1 — adds. */
function add(request: Request, response: Response): void {
  const name = request.param("name");
  if (name.length > NAME_MAX) return response.error(400, "a name has at most " + NAME_MAX.toString() + " characters");
  const by = wholeNumber(request.query("by", "1"));
  if (by == i64.MIN_VALUE) return response.error(400, "by is a whole number of at most 15 digits");
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const before = storage.get(name);
    if (!before.ok) return response.error(500, before.message);
    const value = ((before.found ? wholeNumber(before.value) : 0) + by).toString();
    const set = storage.compareAndSet(name, before.found ? before.value : null, value);
    if (!set.ok) return response.error(500, set.message);
    if (set.value) return answer(response, name, value);
  }
  response.error(503, "too many clients add to this counter at once");
}

/** DELETE /:name — forgets it. */
function remove(request: Request, response: Response): void {
  const removed = storage.remove(request.param("name"));
  if (!removed.ok) return response.error(500, removed.message);
  if (!removed.value) return response.error(404, "there is no such counter");
  response.status(204).text("");
}

function answer(response: Response, name: string, value: string): void {
  response.json('{"name":' + quote(name) + ',"value":' + value + "}");
}

/** A text as a whole number; the least number there is when it is none. */
function wholeNumber(text: string): i64 {
  const negative = text.startsWith("-");
  const start = negative ? 1 : 0;
  if (text.length == start || text.length - start > 15) return i64.MIN_VALUE;
  let number: i64 = 0;
  for (let at = start; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return i64.MIN_VALUE;
    number = number * 10 + digit;
  }
  return negative ? -number : number;
}

app.get("/", list);
app.get("/:name", read);
app.post("/:name", add);
app.del("/:name", remove);
