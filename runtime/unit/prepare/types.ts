/** The type section, and value types as text: `i32`, `funcref`, `(ref null 3)`. Source: WebAssembly 3.0, "Types". */
import type { Reader } from "./reader.ts";

const NUMBER_TYPES: Readonly<Record<number, string>> = {
  [0x7f]: "i32",
  [0x7e]: "i64",
  [0x7d]: "f32",
  [0x7c]: "f64",
  [0x7b]: "v128",
  [0x78]: "i8",
  [0x77]: "i16",
};

const HEAP_TYPES: Readonly<Record<number, string>> = {
  [0x74]: "noexn",
  [0x73]: "nofunc",
  [0x72]: "noextern",
  [0x71]: "none",
  [0x70]: "func",
  [0x6f]: "extern",
  [0x6e]: "any",
  [0x6d]: "eq",
  [0x6c]: "i31",
  [0x6b]: "struct",
  [0x6a]: "array",
  [0x69]: "exn",
};

/** A function's parameters and results, as text. */
export interface FunctionType {
  readonly params: readonly string[];
  readonly results: readonly string[];
}

/** The type section, as far as preparation needs it. */
export interface Types {
  /** The function type at an index; `null` where another kind of type stands. */
  readonly functions: readonly (FunctionType | null)[];
  /** By type index: bytes of a struct, or of one element of an array; 0 for functions. */
  readonly heapBytes: readonly number[];
  /** Whether structs or arrays are declared: then the guest can have objects on the engine's heap. */
  readonly heapObjects: boolean;
  /** Whether types are declared with a supertype: then an indirect call reaches functions of other types too. */
  readonly subtypes: boolean;
}

/** No types at all. */
export const NO_TYPES: Types = { functions: [], heapBytes: [], heapObjects: false, subtypes: false };

/** Reads one value type; `heapType` of a reference type comes out as in the text format. */
export function readValueType(reader: Reader): string {
  const byte = reader.u8();
  const number = NUMBER_TYPES[byte];
  if (number) return number;
  if (byte === 0x63) return `(ref null ${readHeapType(reader)})`;
  if (byte === 0x64) return `(ref ${readHeapType(reader)})`;
  const heap = HEAP_TYPES[byte];
  if (!heap) throw reader.malformed(`0x${byte.toString(16)} is no value type`);
  return heap === "none" ? "nullref" : heap.startsWith("no") ? `null${heap.slice(2)}ref` : `${heap}ref`;
}

function readHeapType(reader: Reader): string {
  const code = reader.s33();
  if (code >= 0) return String(code);
  const heap = HEAP_TYPES[code + 0x80];
  if (!heap) throw reader.malformed(`${code} is no heap type`);
  return heap;
}

function readValueTypes(reader: Reader): string[] {
  const types: string[] = [];
  for (let count = reader.u32(); count > 0; count--) types.push(readValueType(reader));
  return types;
}

/** Bytes that a field of a type takes on the engine's heap. */
function fieldBytes(type: string): number {
  return type === "i8" ? 1 : type === "i16" ? 2 : type === "v128" ? 16 : 8;
}

/** Reads the type section. */
export function readTypes(reader: Reader): Types {
  const functions: (FunctionType | null)[] = [];
  const heapBytes: number[] = [];
  const seen = { heapObjects: false, subtypes: false };
  const readComposite = (form: number): FunctionType | null => {
    if (form === 0x60) {
      heapBytes.push(0);
      return { params: readValueTypes(reader), results: readValueTypes(reader) };
    }
    seen.heapObjects = true;
    if (form !== 0x5e && form !== 0x5f) throw reader.malformed(`0x${form.toString(16)} is no form of a type`);
    let bytes = 0;
    for (let fields = form === 0x5f ? reader.u32() : 1; fields > 0; fields--) {
      bytes += fieldBytes(readValueType(reader));
      reader.u8(); // mutability
    }
    heapBytes.push(bytes);
    return null;
  };
  const readSubtype = () => {
    const form = reader.u8();
    if (form !== 0x50 && form !== 0x4f) {
      functions.push(readComposite(form));
      return;
    }
    for (let supers = reader.u32(); supers > 0; supers--) {
      seen.subtypes = true;
      reader.skipLeb();
    }
    functions.push(readComposite(reader.u8()));
  };
  for (let count = reader.u32(); count > 0; count--) {
    if (reader.bytes[reader.pos] !== 0x4e) readSubtype();
    else {
      reader.u8();
      for (let members = reader.u32(); members > 0; members--) readSubtype();
    }
  }
  return { functions, heapBytes, ...seen };
}
