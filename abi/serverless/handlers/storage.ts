/** `storage.*`: mimik's five and Berth's own. */
import type { SetOptions, Storage, StorageStep } from "../../../capabilities/storage/storage.ts";
import { callbackResult, notGranted } from "../answer.ts";
import { then } from "../maybe.ts";
import type { BatchStep } from "../table/record.ts";
import type { Turn } from "../turn.ts";
import type { Emit, Handlers } from "./handler.ts";

/** Entries read at once while a guest goes through all of them. */
const PAGE_COUNT = 256;

function storageOf(turn: Turn): Storage {
  const storage = turn.context.capabilities.storage;
  if (!storage) throw notGranted("storage"); // dispatch has looked; this is for the type
  return storage;
}

function options(tag: string, ttlMs: number): SetOptions {
  return { ...(tag === "" ? {} : { tag }), ...(ttlMs === 0 ? {} : { ttlMs }) };
}

function step({ kind, key, value, tag, ttlMs }: BatchStep): StorageStep {
  return kind === "set" ? { kind, key, value, options: options(tag, ttlMs) } : { kind, key };
}

const DONE = callbackResult(200, {}, "");

/** mimik's handlers. */
export const MIMIK_STORAGE_HANDLERS: Handlers<
  | "storage.get_item"
  | "storage.set_item"
  | "storage.set_item_with_tag"
  | "storage.remove_item"
  | "storage.each_item"
> = {
  "storage.get_item"(turn, { key }) {
    const item = storageOf(turn).get(key);
    return item ? callbackResult(200, {}, item.value) : callbackResult(404, {}, "");
  },
  "storage.set_item"(turn, { key, value }) {
    storageOf(turn).set(key, value);
    return DONE;
  },
  "storage.set_item_with_tag"(turn, { key, value, tag }) {
    storageOf(turn).set(key, value, options(tag, 0));
    return DONE;
  },
  "storage.remove_item"(turn, { key }) {
    storageOf(turn).remove(key);
    return DONE;
  },
  "storage.each_item"(turn, { tag }, emit) {
    return eachItem(storageOf(turn), tag, "", emit);
  },
};

function eachItem(storage: Storage, tag: string, after: string, emit: Emit): void | Promise<void> {
  const page = storage.list({
    ...(tag === "" ? {} : { tag }),
    ...(after === "" ? {} : { after }),
    limit: PAGE_COUNT,
  });
  const decoder = new TextDecoder();
  const from = (index: number): void | Promise<void> => {
    for (let at = index; at < page.length; at++) {
      const item = page[at];
      if (!item) return;
      const value = typeof item.value === "string" ? item.value : decoder.decode(item.value);
      const stop = emit(200, { [item.key]: value }, "");
      if (stop instanceof Promise) return stop.then((answer) => answer === 0 ? from(at + 1) : undefined);
      if (stop !== 0) return;
    }
    const last = page.at(-1);
    if (last && page.length === PAGE_COUNT) return eachItem(storage, tag, last.key, emit);
  };
  return from(0);
}

/** Berth's handlers. */
export const STORAGE_HANDLERS: Handlers<
  | "storage.get"
  | "storage.set"
  | "storage.remove"
  | "storage.list"
  | "storage.batch"
  | "storage.compare_and_set"
> = {
  "storage.get"(turn, { key }) {
    const item = storageOf(turn).get(key);
    return item ? { found: true, value: item.value, tag: item.tag } : { found: false, value: "", tag: "" };
  },
  "storage.set"(turn, { key, value, tag, ttlMs }) {
    const storage = storageOf(turn);
    if (turn.mayWait) return storage.setTogether(key, value, options(tag, ttlMs)).then(() => ({}));
    storage.set(key, value, options(tag, ttlMs));
    return {};
  },
  "storage.remove"(turn, { key }) {
    return { removed: storageOf(turn).remove(key) };
  },
  "storage.list"(turn, { prefix, tag, after, limit }) {
    const items = storageOf(turn).list({
      ...(prefix === "" ? {} : { prefix }),
      ...(tag === "" ? {} : { tag }),
      ...(after === "" ? {} : { after }),
      limit,
    });
    return { items };
  },
  "storage.batch"(turn, { steps }) {
    storageOf(turn).batch(steps.map(step));
    return {};
  },
  "storage.compare_and_set"(turn, { key, expected, value, tag, ttlMs }) {
    const swapped = storageOf(turn).compareAndSet(key, expected ?? undefined, value, options(tag, ttlMs));
    return then(swapped, (done) => ({ swapped: done }));
  },
};
