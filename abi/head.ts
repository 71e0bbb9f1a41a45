/** The head of a request as the host hands it to conventions: see `Exchange.head`. */
import { Reader } from "./serverless/msgpack/reader.ts";

/** A request's head. */
export interface RequestHead {
  /** Path and query below the service's base path. */
  readonly url: string;
  readonly method: string;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
}

/** Reads the head of a request; what is not UTF-8 in it becomes replacement characters. */
export function readHead(head: Uint8Array): RequestHead {
  const reader = new Reader(4, "replace").open(head, 0, head.length);
  reader.list();
  const [url, method] = [reader.text(), reader.text()];
  const headers = new Map<string, string>();
  for (let left = reader.map(); left > 0; left--) headers.set(reader.text().toLowerCase(), reader.text());
  return { url, method, headers };
}
