/** What the generators of all languages share. */
import { Writer } from "../msgpack/writer.ts";
import { joinPieces } from "../../pieces.ts";
import { MESSAGES } from "../table/messages.ts";
import type { MessageParameter, MessageRecord } from "../table/record.ts";

/** The first line of every generated file, without its comment sign. */
export const BANNER = "Generated from abi/serverless/table by `deno task generate`. Do not edit.";

/** The messages that a Berth SDK sends: Berth's own, and response.send. mimik's have other headers. */
export const SDK_MESSAGES: readonly MessageRecord[] = MESSAGES.filter((record) =>
  record.since === "berth 1" || record.method === "response.send"
);

/** How every message of an SDK begins, encoded: `{jsonrpc: "2.0", id: 0, method:`. The method's name follows. */
export const PREFIX: Uint8Array = joinPieces(
  new Writer().map(4).text("jsonrpc").text("2.0").text("id").number(0).text("method").pieces(),
);

/** The same as hexadecimal literals. */
export const PREFIX_LITERALS = [...PREFIX].map((byte) => `0x${byte.toString(16).padStart(2, "0")}`).join(
  ", ",
);

/** All error codes of the table, sorted. */
export const ERROR_CODES: readonly string[] = [
  ...new Set([
    "invalid",
    "unknown-method",
    "busy",
    "too-large",
    "aborted",
    ...SDK_MESSAGES.flatMap((record) => Object.keys(record.errors)),
  ]),
].sort();

/** `storage.compare_and_set` → words. */
export function words(method: string): string[] {
  return method.split(/[._]/);
}

/** `storage.compare_and_set` → `storage_compare_and_set`. */
export function snake(method: string): string {
  return words(method).join("_");
}

/** `storage.compare_and_set` → `storageCompareAndSet`. */
export function camel(method: string): string {
  return words(method).map((word, index) => index === 0 ? word : capital(word)).join("");
}

/** `timeoutMs` → `timeout_ms`. */
export function snakeName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** With a capital first letter. */
export function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}

/** The comment of a message: what it does and what it needs. */
export function comment(record: MessageRecord): string {
  const needs = record.capability === null ? "" : ` Needs the ${record.capability} capability.`;
  const errors = Object.keys(record.errors);
  return `${record.summary}${needs}${errors.length === 0 ? "" : ` Errors: ${errors.join(", ")}.`}`;
}

/** How a language writes one message. */
export interface Emitter {
  /** Statement that begins the envelope: method and count of entries. */
  begin(record: MessageRecord, count: number): string[];
  /** Statements that write a parameter's name and value. */
  parameter(parameter: MessageParameter, named: boolean): string[];
}

/** The statements that write a message, in the shape that the record says. */
export function body(
  record: MessageRecord,
  emitter: Emitter,
  list: (count: number) => string,
  map: (count: number) => string,
): string[] {
  const { params, shape } = record;
  if (shape === "map") {
    return [
      ...emitter.begin(record, 1),
      map(params.length),
      ...params.flatMap((one) => emitter.parameter(one, true)),
    ];
  }
  const [first, ...others] = params;
  if (!first) return emitter.begin(record, 0);
  return [
    ...emitter.begin(record, 1),
    list(2),
    ...emitter.parameter(first, false),
    map(others.length),
    ...others.flatMap((one) => emitter.parameter(one, true)),
  ];
}
