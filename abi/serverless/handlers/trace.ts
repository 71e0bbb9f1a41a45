/** W3C trace context (https://www.w3.org/TR/trace-context/): what a guest calls belongs to the trace of its request. */
import { headHeader } from "../event.ts";
import type { HeaderPair } from "../table/record.ts";
import type { Turn } from "../turn.ts";

const NAME = "traceparent";
/** Section 3.2, version 00; a trace or parent of zeros is none. */
const VALID = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Adds the request's `traceparent` to the headers of a call, unless the guest sends one of its own. */
export function traced(turn: Turn, headers: readonly HeaderPair[]): readonly HeaderPair[] {
  if (turn.head.length === 0) return headers; // the guest's start: no request is under way
  const parent = headHeader(turn.head, NAME);
  if (!VALID.test(parent) || headers.some(([name]) => name.toLowerCase() === NAME)) return headers;
  return [...headers, [NAME, parent]];
}
