/** A worker that uses a storage and then tries to reach past it, as a bug in a capability could. */
import { DatabaseSync } from "node:sqlite";
import type { ServicePlace } from "../capability.ts";
import { CAPABILITY_LIMITS } from "../limits.ts";
import { limitDefaults } from "../limit.ts";
import { CapabilityError } from "../error.ts";
import { openStorage } from "./open.ts";

function look(place: ServicePlace): string[] {
  const limits = limitDefaults(CAPABILITY_LIMITS);
  const storage = openStorage({ durability: "power-loss" }, { place, limits, config: {}, log: () => {} });
  storage.set("text", "v");
  storage.batch([{ kind: "set", key: "bytes", value: new Uint8Array([1, 2]) }]);
  const said = [`text ${storage.get("text")?.value}`, `bytes ${storage.get("bytes")?.value}`];
  storage.close();
  const other = place.storageFile.replace("storage.db", "other.db");
  try {
    new DatabaseSync(other);
    said.push("other opened");
  } catch (error) {
    said.push(`other ${(error as Error).name}`);
  }
  const db = new DatabaseSync(place.storageFile);
  try {
    db.exec(`ATTACH '${other}' AS other`);
    said.push("attach worked");
  } catch {
    said.push("attach refused");
  }
  db.close();
  return said;
}

// The project is checked with the types of the main thread; this is the worker's own end.
const end = globalThis as unknown as {
  onmessage: (event: MessageEvent<ServicePlace>) => void;
  postMessage(message: unknown): void;
};

end.onmessage = (event) => {
  try {
    end.postMessage(look(event.data));
  } catch (error) {
    end.postMessage([error instanceof CapabilityError ? `${error.code} ${error.message}` : String(error)]);
  }
};
