/** The signatures of a module's function imports, read from the binary: the JavaScript API does not tell them. */

/** A signature as wasm writes it: the types' codes. `null` for a type that no host function has. */
export interface Signature {
  readonly parameters: readonly (string | null)[];
  readonly results: readonly (string | null)[];
}

const TYPES: Readonly<Record<number, string>> = { 0x7f: "i32", 0x7e: "i64", 0x7d: "f32", 0x7c: "f64" };
const SECTION_TYPE = 1;
const SECTION_IMPORT = 2;
const FORM_FUNCTION = 0x60;

/** Signatures in the order of `WebAssembly.Module.imports`, which gives names and kinds. */
export type ImportSignatures = readonly (Signature | undefined)[];

/**
 * Reads the signatures of a module that the engine has validated and that imports only functions.
 * `undefined` when its type section holds other things than plain functions: then nothing is known.
 */
export function importSignatures(module: Uint8Array): ImportSignatures | undefined {
  try {
    return readSections(new Cursor(module, 8));
  } catch (error) {
    if (error instanceof Unread) return undefined;
    throw error;
  }
}

/** The section is not of the simple form. */
class Unread extends Error {}

function readSections(cursor: Cursor): ImportSignatures {
  let types: Signature[] = [];
  while (!cursor.atEnd) {
    const id = cursor.byte();
    const size = cursor.unsigned();
    const next = cursor.at + size;
    if (id === SECTION_TYPE) types = readTypes(cursor);
    if (id === SECTION_IMPORT) return readImports(cursor, types);
    cursor.at = next;
  }
  return [];
}

function readTypes(cursor: Cursor): Signature[] {
  const types: Signature[] = [];
  for (let count = cursor.unsigned(); count > 0; count--) {
    if (cursor.byte() !== FORM_FUNCTION) throw new Unread();
    types.push({ parameters: readValueTypes(cursor), results: readValueTypes(cursor) });
  }
  return types;
}

function readValueTypes(cursor: Cursor): (string | null)[] {
  const types: (string | null)[] = [];
  for (let count = cursor.unsigned(); count > 0; count--) {
    const code = cursor.byte();
    if (code === 0x63 || code === 0x64) cursor.skipNumber(); // (ref null? heap type)
    types.push(TYPES[code] ?? null);
  }
  return types;
}

function readImports(cursor: Cursor, types: readonly Signature[]): ImportSignatures {
  const signatures: (Signature | undefined)[] = [];
  for (let count = cursor.unsigned(); count > 0; count--) {
    cursor.skip(cursor.unsigned()); // the module's name
    cursor.skip(cursor.unsigned()); // the function's name
    if (cursor.byte() !== 0) throw new Unread();
    signatures.push(types[cursor.unsigned()]);
  }
  return signatures;
}

/** Reads LEB128 numbers. */
class Cursor {
  constructor(readonly bytes: Uint8Array, public at: number) {}

  get atEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  byte(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw new Unread();
    return byte;
  }

  unsigned(): number {
    let value = 0;
    for (let factor = 1; factor <= 2 ** 28; factor *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    throw new Unread();
  }

  skip(count: number): void {
    this.at += count;
  }

  skipNumber(): void {
    while (this.byte() >= 0x80);
  }
}
