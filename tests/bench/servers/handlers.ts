/** What the bare servers do for each scenario: the same work as the guests, in a few lines of JavaScript. */
import { DatabaseSync } from "node:sqlite";
import { assemble } from "../../guests/wat.ts";
import { BODY_OUT_BYTES, computeFunction } from "../guests/guests.ts";

/** What a scenario may need; paths and numbers of the run. */
export interface HandlerSetting {
  readonly computeRounds: number;
  readonly targetOrigin: string;
  readonly storageFile: string;
  readonly filePath: string;
}

/** Answers a request. */
export type BareHandler = (request: Request) => Response | Promise<Response>;

const JSON_HEADERS = { "content-type": "application/json" };

/** Makes the handler of a scenario. */
export function bareHandler(work: string, setting: HandlerSetting): BareHandler {
  switch (work) {
    case "hello":
      return () => new Response("hello");
    case "echo":
      return async (request) => new Response(await request.text(), { headers: JSON_HEADERS });
    case "body-in":
      return async (request) => new Response(String((await request.bytes()).length));
    case "body-out": {
      const body = new TextEncoder().encode("x".repeat(BODY_OUT_BYTES));
      return () => new Response(body);
    }
    case "compute":
      return computeHandler(setting.computeRounds);
    case "egress":
      return async () => {
        await (await fetch(setting.targetOrigin)).text();
        return new Response("ok");
      };
    case "storage-read":
    case "storage-write":
      return storageHandler(work, setting.storageFile);
    case "file":
      return () => new Response(Deno.readFileSync(setting.filePath));
    default:
      throw new Error(`there is no bare handler for ${work}`);
  }
}

function computeHandler(rounds: number): BareHandler {
  const { compute } = new WebAssembly.Instance(
    new WebAssembly.Module(assemble(`(module ${computeFunction(rounds)})`)),
  ).exports;
  return () => {
    (compute as () => number)();
    return new Response("done");
  };
}

/** SQLite with the settings of Berth's storage: WAL, and a write is on the disk when it is answered. */
function storageHandler(work: string, file: string): BareHandler {
  const db = new DatabaseSync(file);
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  db.exec("CREATE TABLE IF NOT EXISTS items (key TEXT PRIMARY KEY, value TEXT) STRICT");
  db.exec("INSERT INTO items VALUES ('key', 'value') ON CONFLICT DO NOTHING");
  const read = db.prepare("SELECT value FROM items WHERE key = ?");
  const write = db.prepare(
    "INSERT INTO items VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
  );
  if (work === "storage-read") return () => new Response(String(read.get("key")?.value));
  return () => {
    // Another value each time: SQLite does not write what is there already.
    write.run("key", String(performance.now()));
    return new Response("ok");
  };
}
