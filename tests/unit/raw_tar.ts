/** Builds tar archives field by field, also those that no tool would write. */

const encoder = new TextEncoder();

/** One block of an archive and the body after it, as given: nothing is checked. */
export interface RawEntry {
  readonly name: string | Uint8Array;
  readonly type?: string;
  readonly body?: string | Uint8Array;
  /** The size field when it is not the body's length: text of up to 12 bytes, or bytes. */
  readonly size?: string | Uint8Array;
  readonly link?: string;
  readonly prefix?: string;
  /** `ustar\0` + `00` by default; GNU's is `ustar  \0`. */
  readonly magic?: string;
  /** The checksum field when it is not to be right. */
  readonly checksum?: string;
}

/** One entry's header and padded body. */
export function rawEntry(entry: RawEntry): Uint8Array<ArrayBuffer> {
  const body = typeof entry.body === "string" ? encoder.encode(entry.body) : entry.body ?? new Uint8Array();
  const block = new Uint8Array(512 + Math.ceil(body.length / 512) * 512);
  const put = (offset: number, value: string | Uint8Array) =>
    block.set(typeof value === "string" ? encoder.encode(value) : value, offset);
  put(0, entry.name);
  put(100, "0000644\0");
  put(108, "0000000\0");
  put(116, "0000000\0");
  put(124, entry.size ?? body.length.toString(8).padStart(11, "0") + "\0");
  put(136, "00000000000\0");
  put(156, entry.type ?? "0");
  put(157, entry.link ?? "");
  put(257, entry.magic ?? "ustar\x0000");
  put(345, entry.prefix ?? "");
  put(148, "        ");
  const sum = block.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  put(148, entry.checksum ?? sum.toString(8).padStart(6, "0") + "\0 ");
  block.set(body, 512);
  return block;
}

/** A PAX extended header with these records. */
export function pax(records: Readonly<Record<string, string>>, type = "x"): RawEntry {
  const text = Object.entries(records).map(([key, value]) => paxRecord(key, value)).join("");
  return { name: "PaxHeader/x", type, body: text };
}

/** `LENGTH KEY=VALUE\n`, the length counting itself. */
export function paxRecord(key: string, value: string): string {
  const rest = encoder.encode(` ${key}=${value}\n`).length;
  let length = rest + 1;
  while (String(length).length + rest !== length) length = String(length).length + rest;
  return `${length} ${key}=${value}\n`;
}

/** An archive of these entries with its end mark, or with something else in its place. */
export function rawTar(
  entries: readonly (RawEntry | Uint8Array)[],
  end: Uint8Array = new Uint8Array(1024),
): Uint8Array<ArrayBuffer> {
  return concat([...entries.map((entry) => entry instanceof Uint8Array ? entry : rawEntry(entry)), end]);
}

/** Bytes, one after the other. */
export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
