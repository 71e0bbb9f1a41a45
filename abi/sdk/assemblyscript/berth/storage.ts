// Key–value storage of the service (the storage capability).
//
//   const item = storage.get("visits");
//   if (!item.ok) return response.error(500, item.message); // denied, io …
//   const visits = item.found ? I32.parseInt(item.value) : 0;
//   const done = storage.set("visits", (visits + 1).toString());
//   if (!done.ok) return response.error(500, done.message);
import { Answer, call, Done } from "./call";
import { Reader, Value, Writer } from "./msgpack";
import {
  storageBatch,
  storageCompareAndSet,
  storageGet,
  storageList,
  storageRemove,
  storageSet,
} from "./raw";

/** An entry, or none (`found` false). */
export class Item extends Answer {
  found: bool = false;
  key: string = "";
  /** The value, when it was text. */
  value: string = "";
  /** The value, when it was binary. */
  data: Uint8Array | null = null;
  tag: string = "";

  member(name: string, reader: Reader): void {
    if (name == "found") this.found = reader.boolean();
    else if (name == "key") this.key = reader.text();
    else if (name == "tag") this.tag = reader.text();
    else if (name == "value") {
      if (reader.nextIsBinary) this.data = reader.bin();
      else this.value = reader.text();
    } else reader.skip();
  }
}

/** A page of entries. */
export class Items extends Answer {
  items: Item[] = [];

  member(name: string, reader: Reader): void {
    if (name != "items") return reader.skip();
    for (let left = reader.list(); left > 0 && !reader.failed; left--) {
      const item = new Item();
      item.found = true;
      for (let inner = reader.map(); inner > 0; inner--) {
        const key = reader.text();
        item.member(key, reader);
      }
      this.items.push(item);
    }
  }
}

/** Whether it was done. */
export class Flag extends Answer {
  value: bool = false;

  member(_name: string, reader: Reader): void {
    this.value = reader.boolean();
  }
}

/** Several writes and removals, all or nothing. */
export class Batch {
  private steps: Writer = new Writer();
  private count: i32 = 0;

  set(key: string, value: string, tag: string = "", ttlMs: i64 = 0): Batch {
    this.count++;
    this.steps.map(5);
    this.steps.text("kind");
    this.steps.text("set");
    this.steps.text("key");
    this.steps.text(key);
    this.steps.text("value");
    this.steps.text(value);
    this.steps.text("tag");
    this.steps.text(tag);
    this.steps.text("ttlMs");
    this.steps.integer(ttlMs);
    return this;
  }

  remove(key: string): Batch {
    this.count++;
    this.steps.map(2);
    this.steps.text("kind");
    this.steps.text("remove");
    this.steps.text("key");
    this.steps.text(key);
    return this;
  }

  commit(): Done {
    const list = new Writer();
    list.list(this.count);
    list.encoded(this.steps);
    return call(storageBatch(list), new Done());
  }
}

/** The storage. */
export namespace storage {
  /** Reads an entry. */
  export function get(key: string): Item {
    const item = call(storageGet(key), new Item());
    item.key = key;
    return item;
  }
  /** Writes text; durable when it returns. */
  export function set(key: string, value: string, tag: string = "", ttlMs: i64 = 0): Done {
    return call(storageSet(key, new Value(value), tag, ttlMs), new Done());
  }
  /** Writes binary data. */
  export function setBinary(key: string, value: Uint8Array, tag: string = "", ttlMs: i64 = 0): Done {
    return call(storageSet(key, new Value("", value), tag, ttlMs), new Done());
  }
  /** Removes an entry; `value` says whether there was one. */
  export function remove(key: string): Flag {
    return call(storageRemove(key), new Flag());
  }
  /** Writes only when the present value is the expected text (null: when there is no entry). */
  export function compareAndSet(key: string, expected: string | null, value: string): Flag {
    let before: Value | null = null;
    if (expected !== null) before = new Value(expected);
    return call(storageCompareAndSet(key, before, new Value(value), "", 0), new Flag());
  }
  /** A page of entries in key order; the next page begins after the last key. */
  export function list(prefix: string = "", tag: string = "", after: string = "", limit: i64 = 100): Items {
    return call(storageList(prefix, tag, after, limit), new Items());
  }
}
