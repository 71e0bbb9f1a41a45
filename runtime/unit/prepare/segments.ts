/** Constant expressions and element segments: looked through for functions whose address is taken. */
import { CORE_SHAPES, PREFIXED_SHAPES, Shape } from "./opcodes.ts";
import { prepareError } from "./errors.ts";
import type { Reader } from "./reader.ts";
import { readValueType } from "./types.ts";

const END = 0x0b;
const REF_FUNC = 0xd2;

/** Passes over a constant expression; functions that it names go into `referenced`. */
export function readConstant(reader: Reader, referenced: Set<number>): void {
  for (;;) {
    const at = reader.pos;
    const opcode = reader.u8();
    if (opcode === END) return;
    if (opcode === REF_FUNC) {
      referenced.add(reader.u32());
      continue;
    }
    const prefixed = opcode >= 0xfb && opcode <= 0xfe;
    const code = prefixed ? reader.u32() : opcode;
    const shape = prefixed ? PREFIXED_SHAPES[opcode - 0xfb]?.[code] : CORE_SHAPES[code];
    skipSimple(reader, shape ?? Shape.unknown, at, prefixed ? opcode : 0, code);
  }
}

/** Constant expressions hold no control and no memory access: a few shapes are all. */
function skipSimple(reader: Reader, shape: number, at: number, prefix: number, code: number): void {
  if (shape === Shape.none) return;
  if (shape === Shape.leb) return reader.skipLeb();
  if (shape === Shape.leb2) {
    reader.skipLeb();
    return reader.skipLeb();
  }
  if (shape === Shape.bytes4) return reader.skip(4);
  if (shape === Shape.bytes8) return reader.skip(8);
  if (shape === Shape.bytes16) return reader.skip(16);
  throw unknownOpcode(prefix, code, at);
}

/** The refusal of an instruction that is not in the table. */
export function unknownOpcode(prefix: number, code: number, offset: number): Error {
  const opcode = prefix ? `0x${prefix.toString(16)} 0x${code.toString(16)}` : `0x${code.toString(16)}`;
  return prepareError(
    "module-opcode-unknown",
    `decoding the module: instruction ${opcode} at offset ${offset} is not known`,
    { opcode, offset },
  );
}

/** Reads the element section; every function in a segment counts as referenced. */
export function readElements(reader: Reader, referenced: Set<number>): void {
  for (let count = reader.u32(); count > 0; count--) {
    const flags = reader.u32();
    const passive = (flags & 1) !== 0;
    const explicit = (flags & 2) !== 0;
    const expressions = (flags & 4) !== 0;
    if (!passive && explicit) reader.u32(); // the table
    if (!passive) readConstant(reader, referenced); // the offset
    if (passive || explicit) {
      if (expressions) readValueType(reader);
      else reader.u8(); // the kind: functions
    }
    for (let items = reader.u32(); items > 0; items--) {
      if (expressions) readConstant(reader, referenced);
      else referenced.add(reader.u32());
    }
  }
}
