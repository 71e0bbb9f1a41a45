/** Bounds of keys, tags, values and pages, checked before anything is done with them. */
import type { CapabilityLimits } from "../limits.ts";
import { CapabilityError } from "../error.ts";
import type { SetOptions, StoredValue } from "./storage.ts";

const encoder = new TextEncoder();

/** Refuses text longer than `max` bytes of UTF-8; never encodes more than `max` code units. */
function checkLength(what: string, text: string, max: number): void {
  if (text.length * 3 <= max) return;
  if (text.length > max || encoder.encode(text).length > max) {
    throw new CapabilityError("too-large", `${what} is longer than ${max} bytes`);
  }
}

/** Refuses what SQLite would not give back as it was: lone surrogates, and NUL, where its text ends. */
function checkText(what: string, text: string): void {
  if (text.includes("\0")) throw new CapabilityError("invalid", `${what} contains NUL`);
  if (!text.isWellFormed()) throw new CapabilityError("invalid", `${what} is not well-formed Unicode`);
}

/** A key: not empty, bounded, text. Throws `invalid`, `too-large`. */
export function checkKey(key: string, limits: CapabilityLimits): void {
  if (key === "") throw new CapabilityError("invalid", "the key is empty");
  checkLength("the key", key, limits.storageKeyMaxBytes);
  checkText("the key", key);
}

/** A tag, prefix or `after` key; may be empty. Throws `invalid`, `too-large`. */
export function checkKeyLike(what: string, text: string, limits: CapabilityLimits): void {
  checkLength(what, text, limits.storageKeyMaxBytes);
  checkText(what, text);
}

/** A value. Throws `invalid`, `too-large`. */
export function checkValue(value: StoredValue, limits: CapabilityLimits): void {
  if (typeof value === "string") {
    checkLength("the value", value, limits.storageValueMaxBytes);
    if (!value.isWellFormed()) {
      throw new CapabilityError("invalid", "the value is not well-formed Unicode; store it as bytes");
    }
  } else if (value.byteLength > limits.storageValueMaxBytes) {
    throw new CapabilityError("too-large", `the value is longer than ${limits.storageValueMaxBytes} bytes`);
  }
}

/** When an entry written now ends; `null` when it does not. Throws `invalid`. */
export function expiryMs(options: SetOptions | undefined, nowMs: number): number | null {
  const ttlMs = options?.ttlMs;
  if (ttlMs === undefined) return null;
  if (!(ttlMs > 0) || !Number.isFinite(ttlMs)) {
    throw new CapabilityError("invalid", "ttlMs must be a positive number of milliseconds");
  }
  // Above the largest exact integer it never ends for anybody who could look.
  return Math.min(Math.ceil(nowMs + ttlMs), Number.MAX_SAFE_INTEGER);
}

/**
 * The smallest text above every text that begins with `prefix`, in the order of UTF-8 bytes (which is the
 * order of code points); `null` when there is none.
 */
export function prefixEnd(prefix: string): string | null {
  const points = Array.from(prefix, (char) => char.codePointAt(0) ?? 0);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    if (last === 0x10ffff) continue;
    const next = last + 1 === 0xd800 ? 0xe000 : last + 1; // surrogates are not characters
    return String.fromCodePoint(...points, next);
  }
  return null;
}

/** Whether two values are of one kind and equal. */
export function sameValue(a: StoredValue | undefined, b: StoredValue | undefined): boolean {
  if (!(a instanceof Uint8Array) || !(b instanceof Uint8Array)) return a === b;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
