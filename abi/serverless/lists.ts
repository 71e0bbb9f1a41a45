/** The list-like parameters: headers and the steps of a batch. */
import { MessageError } from "./error.ts";
import type { MessageLimits } from "./params.ts";
import type { Reader } from "./msgpack/reader.ts";
import type { BatchStep, HeaderPair } from "./table/record.ts";

/** RFC 9110 token. */
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Headers as a list of pairs, or as a map of name to value or to a list of values. */
export function decodeHeaders(reader: Reader, maxCount: number): HeaderPair[] {
  const pairs: HeaderPair[] = [];
  if (reader.type() === "map") {
    for (let left = reader.map(); left > 0; left--) readMapEntry(reader, pairs, maxCount);
    return pairs;
  }
  for (let left = reader.list(); left > 0; left--) {
    if (reader.list() !== 2) throw new MessageError("invalid", "a header is no list of name and value");
    const name = readName(reader);
    add(pairs, name, reader, maxCount);
  }
  return pairs;
}

function readMapEntry(reader: Reader, pairs: HeaderPair[], maxCount: number): void {
  const name = readName(reader);
  if (reader.type() !== "list") return add(pairs, name, reader, maxCount);
  for (let left = reader.list(); left > 0; left--) add(pairs, name, reader, maxCount);
}

function readName(reader: Reader): string {
  const name = reader.text();
  if (!NAME.test(name)) {
    throw new MessageError("invalid", "a header's name is empty or has a forbidden character");
  }
  return name;
}

/** A header's value is bytes; as text of one character a byte it goes through unchanged. */
function add(pairs: HeaderPair[], name: string, reader: Reader, maxCount: number): void {
  if (pairs.length >= maxCount) throw new MessageError("too-large", `more than ${maxCount} headers`);
  const bytes = reader.data();
  let value = "";
  for (const byte of bytes) {
    if (byte === 0 || byte === 10 || byte === 13) {
      throw new MessageError("invalid", `the value of the header ${name} has a NUL or a line end`);
    }
    value += String.fromCharCode(byte);
  }
  pairs.push([name, value]);
}

/** The steps of `storage.batch`. */
export function decodeSteps(reader: Reader, maxCount: number, limits: MessageLimits): BatchStep[] {
  const count = reader.list();
  if (count > maxCount) {
    throw new MessageError("too-large", `${count} steps; at most ${maxCount} are allowed`);
  }
  return Array.from({ length: count }, (_, index) => {
    try {
      return decodeStep(reader, limits);
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      throw new MessageError(error.code, `step ${index}: ${error.message}`);
    }
  });
}

function decodeStep(reader: Reader, limits: MessageLimits): BatchStep {
  const step = { kind: "", key: "", value: "" as string | Uint8Array, tag: "", ttlMs: 0 };
  for (let left = reader.map(); left > 0; left--) {
    const name = reader.text();
    if (reader.nil()) continue;
    if (name === "kind") step.kind = reader.text();
    else if (name === "key") step.key = boundedText(reader, limits.storageKeyMaxBytes);
    else if (name === "tag") step.tag = boundedText(reader, limits.storageKeyMaxBytes);
    else if (name === "ttlMs") step.ttlMs = reader.int();
    else if (name === "value") step.value = boundedValue(reader, limits.storageValueMaxBytes);
    else reader.skip(2);
  }
  const { kind } = step;
  if (kind !== "set" && kind !== "remove") {
    throw new MessageError("invalid", `"kind" is neither set nor remove`);
  }
  if (step.key === "") throw new MessageError("invalid", `"key" is missing or empty`);
  if (step.ttlMs < 0) throw new MessageError("invalid", `"ttlMs" is negative`);
  return { ...step, kind };
}

function boundedText(reader: Reader, maxBytes: number): string {
  if (reader.type() !== "text") reader.text(); // throws, naming what it found
  if (reader.range() > maxBytes) throw new MessageError("too-large", `text of more than ${maxBytes} bytes`);
  return reader.rangeText();
}

function boundedValue(reader: Reader, maxBytes: number): string | Uint8Array {
  const isText = reader.type() === "text";
  if (reader.range() > maxBytes) {
    throw new MessageError("too-large", `a value of more than ${maxBytes} bytes`);
  }
  return isText ? reader.rangeText() : reader.bytes.slice(reader.start, reader.stop);
}
