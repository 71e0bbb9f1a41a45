/** A module for every instruction of the table: plain ones from their signature, the others by hand. */
import { type Opcode, OPCODES } from "../../runtime/unit/prepare/opcodes.ts";
import { body, F32, F64, func, FUNCREF, I32, I64, s, str, u, V128, wasm } from "./builder.ts";

/** A module that uses an instruction, and arguments to call its export `run` with. */
export interface OpcodeCase {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly calls: readonly (readonly (number | bigint)[])[];
}

const TYPES: Readonly<Record<string, number>> = { i: I32, I: I64, f: F32, F: F64, v: V128 };

const VALUES: Readonly<Record<string, readonly (number | bigint)[]>> = {
  i: [0, 8, -1, 65_536, 5],
  I: [0n, 3n, -1n, 1n << 62n, 7n],
  f: [0, -1.5, 1e30, NaN, 3],
  F: [0, -1.5, 1e300, NaN, 3],
};

/** The bytes of an opcode. */
export function opcodeBytes({ prefix, code }: Opcode): number[] {
  return prefix === 0 ? [code] : [prefix, ...u(code)];
}

function alignment(name: string): number {
  if (!/atomic/.test(name)) return 0;
  if (/8/.test(name)) return 0;
  if (/16/.test(name)) return 1;
  if (/wait64/.test(name)) return 3;
  return /^i64/.test(name) && !/(rmw|load|store)32/.test(name) ? 3 : 2;
}

function immediates(opcode: Opcode): number[] {
  switch (opcode.immediates) {
    case "memarg":
      return [alignment(opcode.name), 0];
    case "memargLane":
      return [0, 0, 0];
    case "bytes4":
      return [0, 0, 0x80, 0x3f];
    case "bytes8":
      return [0, 0, 0, 0, 0, 0, 0xf0, 0x3f];
    case "bytes16":
      return Array.from({ length: 16 }, (_, index) => index);
    case "-":
      return [];
    case "dataMem":
    case "memMem":
    case "elemTable":
    case "tableTable":
      return [0, 0];
    default:
      return [0];
  }
}

function plainCase(opcode: Opcode): OpcodeCase {
  const [params = "", results = ""] = opcode.signature.split(":");
  const given = [...params].filter((type) => type !== "v");
  const code: number[] = [];
  let next = 0;
  for (const type of params) {
    if (type === "v") {
      code.push(
        0xfd,
        12,
        ...Array.from({ length: 16 }, (_, i) => (i * 37 + code.length) & 255),
      );
    } else code.push(0x20, next++);
  }
  code.push(...opcodeBytes(opcode), ...immediates(opcode));
  if (results === "v") code.push(0xfd, 29, 0);
  const result = results === "v" ? [I64] : [...results].map((type) => TYPES[type] ?? I32);
  const bytes = wasm([
    [1, [func(given.map((type) => TYPES[type] ?? I32), result), func([], [])]],
    [3, [[0], [1]]],
    [4, [[FUNCREF, 0, 4]]],
    [5, [[0, 1]]],
    [7, [[...str("run"), 0, 0], [...str("memory"), 2, 0]]],
    [9, [[1, 0, ...u(2), 1, 1]]],
    [12, new Uint8Array([1])],
    [10, [body(code), body([])]],
    [11, [[1, ...u(64), ...Array.from({ length: 64 }, (_, i) => (i * 73) & 255)]]],
  ]);
  const calls = [0, 1, 2, 3, 4].map((round) =>
    given.map((type, at) => VALUES[type]?.[(round + at * 2) % 5] ?? 0)
  );
  return { name: opcode.name, bytes, calls };
}

// By hand. Types: 0 []->i32, 1 i32->i32, 2 struct, 3 array of i32, 4 array of i8, 5 array of funcref, 6 []->[], 7 i32->[]

const C = (value: number) => [0x41, ...s(value)];
const STRUCT = [...C(7), ...C(300), 0xfb, 0, 2];
const ARRAY = [...C(9), ...C(6), 0xfb, 6, 3];
const FNS = [0xd2, 1, 0xfb, 8, 5, 1];
const NULL_FUNC = [0xd0, 0x70];

const HAND: Readonly<Record<string, readonly number[]>> = {
  unreachable: [0x00],
  nop: [0x01, ...C(1)],
  "if else end": [...C(1), 0x04, I32, ...C(2), 0x05, ...C(3), 0x0b],
  "block br": [0x02, I32, ...C(4), 0x0c, 0, 0x0b],
  "block br_if drop": [0x02, I32, ...C(4), ...C(1), 0x0d, 0, 0x1a, ...C(5), 0x0b],
  "loop br_if": [
    ...C(9),
    0x24,
    0,
    0x03,
    0x40,
    0x23,
    0,
    ...C(1),
    0x6b,
    0x24,
    0,
    0x23,
    0,
    0x0d,
    0,
    0x0b,
    0x23,
    0,
  ],
  "br_table": [0x02, 0x40, 0x02, 0x40, ...C(1), 0x0e, 1, 0, 1, 0x0b, ...C(8), 0x0f, 0x0b, ...C(6)],
  return: [...C(3), 0x0f],
  select: [...C(1), ...C(2), ...C(0), 0x1b],
  select_t: [...C(1), ...C(2), ...C(0), 0x1c, 1, I32],
  "local.get local.set local.tee": [...C(3), 0x21, 0, 0x20, 0, 0x22, 0],
  "global.get global.set": [...C(3), 0x24, 0, 0x23, 0],
  call: [...C(3), 0x10, 1],
  return_call: [...C(3), 0x12, 1],
  call_indirect: [...C(3), ...C(0), 0x11, 1, 0],
  return_call_indirect: [...C(3), ...C(0), 0x13, 1, 0],
  "call_ref ref.func": [...C(3), 0xd2, 1, 0x14, 1],
  return_call_ref: [...C(3), 0xd2, 1, 0x15, 1],
  "table.get ref.is_null": [...C(0), 0x25, 0, 0xd1],
  "table.set ref.null": [...C(1), ...NULL_FUNC, 0x26, 0, ...C(1), 0x25, 0, 0xd1],
  "table.grow": [...NULL_FUNC, ...C(3), 0xfc, 15, 0],
  "table.fill": [...C(0), ...NULL_FUNC, ...C(2), 0xfc, 17, 0, ...C(0), 0x25, 0, 0xd1],
  "br_on_null": [0x02, 0x40, 0xd2, 1, 0xd5, 0, 0x1a, ...C(2), 0x0f, 0x0b, ...C(3)],
  "br_on_non_null": [0x02, 0x64, 0x70, 0xd2, 1, 0xd6, 0, ...C(2), 0x0f, 0x0b, 0x1a, ...C(3)],
  "ref.as_non_null": [...NULL_FUNC, 0xd4, 0x1a, ...C(1)],
  "ref.eq ref.i31": [...C(4), 0xfb, 28, ...C(4), 0xfb, 28, 0xd3],
  "i31.get_s": [...C(-4), 0xfb, 28, 0xfb, 29],
  "i31.get_u": [...C(-4), 0xfb, 28, 0xfb, 30],
  "struct.new struct.get": [...STRUCT, 0xfb, 2, 2, 0],
  "struct.get_s": [...STRUCT, 0xfb, 3, 2, 1],
  "struct.get_u": [...STRUCT, 0xfb, 4, 2, 1],
  "struct.new_default struct.set": [0xfb, 1, 2, ...C(4), 0xfb, 5, 2, 0, ...C(1)],
  "array.new array.get": [...ARRAY, ...C(2), 0xfb, 11, 3],
  "array.new_default array.get_s": [...C(6), 0xfb, 7, 4, ...C(2), 0xfb, 12, 4],
  "array.get_u": [...C(6), 0xfb, 7, 4, ...C(9), 0xfb, 13, 4],
  "array.new_fixed array.len": [...FNS, 0xfb, 15],
  "array.set": [...ARRAY, ...C(1), ...C(1), 0xfb, 14, 3, ...C(1)],
  "array.new_data": [...C(0), ...C(4), 0xfb, 9, 4, 0, ...C(1), 0xfb, 13, 4],
  "array.new_elem": [...C(0), ...C(1), 0xfb, 10, 5, 0, 0xfb, 15],
  "array.fill": [...ARRAY, ...C(0), ...C(5), ...C(2), 0xfb, 16, 3, ...C(1)],
  "array.copy": [...ARRAY, ...C(0), ...ARRAY, ...C(1), ...C(2), 0xfb, 17, 3, 3, ...C(1)],
  "array.init_data": [...C(6), 0xfb, 7, 4, ...C(0), ...C(0), ...C(3), 0xfb, 18, 4, 0, ...C(1)],
  "array.init_elem": [...FNS, ...C(0), ...C(0), ...C(1), 0xfb, 19, 5, 0, ...C(1)],
  "ref.test": [...STRUCT, 0xfb, 20, 2],
  "ref.test_null": [0xd0, 0x71, 0xfb, 21, 2],
  "ref.cast": [...ARRAY, 0xfb, 22, 0x6a, 0xfb, 15],
  "ref.cast_null": [0xd0, 0x71, 0xfb, 23, 2, 0xd1],
  "br_on_cast": [0x02, 0x64, 2, ...STRUCT, 0xfb, 24, 0, 0, 0x6b, 2, 0x1a, ...C(5), 0x0f, 0x0b, 0x1a, ...C(6)],
  "br_on_cast_fail": [
    0x02,
    0x64,
    0x6b,
    ...STRUCT,
    0xfb,
    25,
    0,
    0,
    0x6b,
    2,
    0x1a,
    ...C(5),
    0x0f,
    0x0b,
    0x1a,
    ...C(6),
  ],
  "any.convert_extern extern.convert_any": [...C(1), 0xfb, 28, 0xfb, 27, 0xfb, 26, 0xd1],
  "try catch throw": [0x06, I32, ...C(3), 0x08, 1, 0x07, 1, 0x0b],
  "try catch_all rethrow": [0x06, I32, 0x06, I32, 0x08, 0, 0x19, 0x09, 0, 0x0b, 0x19, ...C(7), 0x0b],
  "try delegate": [0x06, I32, 0x06, I32, 0x08, 0, 0x18, 0, 0x19, ...C(7), 0x0b],
  "try_table": [0x02, I32, 0x1f, 0x40, 1, 0, 1, 0, ...C(4), 0x08, 1, 0x0b, ...C(5), 0x0b],
  "try_table throw_ref": [0x02, 0x69, 0x1f, 0x40, 1, 3, 0, 0x08, 0, 0x0b, ...C(1), 0x0f, 0x0b, 0x0a],
};

const SPECIAL = new Map(OPCODES.filter(({ signature }) => signature === "*").map((op) => [op.name, op]));

function handCase(name: string, code: readonly number[]): OpcodeCase {
  const bytes = wasm([
    [1, [
      func([], [I32]),
      func([I32], [I32]),
      [0x5f, 2, I32, 1, 0x78, 1],
      [0x5e, I32, 1],
      [0x5e, 0x78, 1],
      [0x5e, FUNCREF, 1],
      func([], []),
      func([I32], []),
    ]],
    [3, [[0], [1]]],
    [4, [[FUNCREF, 0, 4]]],
    [13, [[0, 6], [0, 7]]],
    [6, [[I32, 1, 0x41, 0, 0x0b]]],
    [7, [[...str("run"), 0, 0]]],
    [9, [[1, 0, 1, 1], [0, 0x41, 0, 0x0b, 1, 1]]],
    [12, new Uint8Array([1])],
    [10, [body(code, [[1, I32]]), body([0x20, 0, ...C(1), 0x6a])]],
    [11, [[1, 8, 1, 2, 3, 4, 5, 6, 7, 8]]],
  ]);
  return { name, bytes, calls: [[]] };
}

/** Whether `code` holds the bytes of an opcode. */
function holds(code: readonly number[], opcode: Opcode): boolean {
  const wanted = opcodeBytes(opcode);
  return code.some((_, at) => wanted.every((byte, offset) => code[at + offset] === byte));
}

/** A case for every instruction; throws when one is missing or a case does not hold what it is named for. */
export function opcodeCases(): OpcodeCase[] {
  const covered = new Set<string>();
  for (const [names, code] of Object.entries(HAND)) {
    for (const name of names.split(" ")) {
      const opcode = SPECIAL.get(name);
      if (!opcode || !holds([...code, 0x0b], opcode)) {
        throw new Error(`the case "${names}" does not use ${name}`);
      }
      covered.add(name);
    }
  }
  const missing = [...SPECIAL.keys()].filter((name) => !covered.has(name));
  if (missing.length > 0) throw new Error(`no case for ${missing.join(", ")}`);
  return [
    ...OPCODES.filter(({ signature }) => signature !== "*").map(plainCase),
    ...Object.entries(HAND).map(([name, code]) => handCase(name, code)),
  ];
}
