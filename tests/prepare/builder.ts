/** Small wasm modules from bytes, for tests. */
import { Writer } from "../../runtime/unit/prepare/writer.ts";

/** An unsigned LEB128 number. */
export const u = (value: number): number[] => [...new Writer().u32(value).finish()];

/** A signed LEB128 number of an `i32.const`. */
export function s(value: number): number[] {
  const out: number[] = [];
  let rest = value | 0;
  for (;;) {
    const byte = rest & 0x7f;
    rest >>= 7;
    const last = (rest === 0 && !(byte & 0x40)) || (rest === -1 && byte & 0x40);
    out.push(last ? byte : byte | 0x80);
    if (last) return out;
  }
}

/** A name. */
export const str = (text: string): number[] => [...new Writer().name(text).finish()];

/** A function body: groups of locals (count, type) and instructions without the last `end`. */
export function body(instructions: readonly number[], locals: readonly (readonly number[])[] = []): number[] {
  const contents = [...u(locals.length), ...locals.flat(), ...instructions, 0x0b];
  return [...u(contents.length), ...contents];
}

/** Sections by number; each a list of entries, or bytes alone where a section is no vector. */
export type Sections =
  readonly (readonly [id: number, entries: readonly (readonly number[])[] | Uint8Array])[];

/** A module of these sections, in this order. */
export function wasm(sections: Sections): Uint8Array<ArrayBuffer> {
  const out = new Writer(1024).raw([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  for (const [id, entries] of sections) {
    const contents = entries instanceof Uint8Array
      ? entries
      : new Writer(256).u32(entries.length).raw(entries.flat()).finish();
    out.u8(id).u32(contents.length).raw(contents);
  }
  return out.finish();
}

export const I32 = 0x7f;
export const I64 = 0x7e;
export const F32 = 0x7d;
export const F64 = 0x7c;
export const V128 = 0x7b;
export const FUNCREF = 0x70;

/** A function type. */
export const func = (params: readonly number[], results: readonly number[]): number[] => [
  0x60,
  ...u(params.length),
  ...params,
  ...u(results.length),
  ...results,
];
