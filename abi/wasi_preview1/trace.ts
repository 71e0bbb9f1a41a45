/** One line for each call, as strace writes them; derived from the records. */
import type { GuestFunction, HostParameter } from "../abi.ts";
import type { WasiFunction } from "./call.ts";
import { errnoName } from "./errno.ts";
import type { Wasi } from "./wasi.ts";

/** How much of a path a line shows. */
const PATH_SHOWN_BYTES = 256;

/** Wraps a call so that it tells of itself. */
export function traced(
  wasi: Wasi,
  fn: WasiFunction,
  call: GuestFunction,
  tell: (line: string) => void,
): GuestFunction {
  const told = (shown: string, result: unknown) =>
    tell(`${fn.name}(${shown})${typeof result === "number" ? ` = ${errnoName(result)}` : ""}`);
  return (...args) => {
    const shown = fn.parameters.map((parameter, index) => show(wasi, parameter, args, index)).join(", ");
    let result;
    try {
      result = call(...args);
    } catch (error) {
      told(shown, undefined);
      throw error;
    }
    if (result instanceof Promise) {
      return result.then((errno) => {
        told(shown, errno);
        return errno;
      });
    }
    told(shown, result);
    return result;
  };
}

function show(wasi: Wasi, parameter: HostParameter, args: unknown[], index: number): string {
  const value = args[index];
  return `${parameter.name}=${showValue(wasi, parameter, value, args[index + 1])}`;
}

function showValue(wasi: Wasi, { kind, type }: HostParameter, value: unknown, next: unknown): string {
  if (type === "i64") {
    const bits = BigInt(String(value));
    return (kind === "delta" ? BigInt.asIntN(64, bits) : BigInt.asUintN(64, bits)).toString();
  }
  const number = Number(value) >>> 0;
  switch (kind) {
    case "path":
      return showPath(wasi, number, Number(next) >>> 0);
    case "ptr":
    case "out":
    case "flags":
      return `0x${number.toString(16)}`;
    default:
      return String(number);
  }
}

function showPath(wasi: Wasi, pointer: number, length: number): string {
  const all = wasi.memory.all;
  if (pointer + length > all.length) return `0x${pointer.toString(16)}`;
  const end = pointer + Math.min(length, PATH_SHOWN_BYTES);
  const text = new TextDecoder().decode(all.subarray(pointer, end));
  return JSON.stringify(text) + (length > PATH_SHOWN_BYTES ? "…" : "");
}
