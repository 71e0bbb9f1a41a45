/** The table of instructions in the form the decoder uses: a byte per opcode that says how its immediates lie. */
import { ATOMIC, CORE, GC, MISC, SIMD } from "./opcode_table.ts";

/** How immediates are encoded. Decoding knows these shapes and nothing else. */
export const Shape = {
  /** Not an instruction. */
  unknown: 0,
  none: 1,
  /** One, two LEB128 numbers of any sign and width. */
  leb: 2,
  leb2: 3,
  byte: 4,
  bytes4: 5,
  bytes8: 6,
  bytes16: 7,
  memarg: 8,
  memargByte: 9,
  /** A block type. */
  block: 10,
  /** A count, that many labels, and the default label. */
  labels: 11,
  /** A count and that many value types. */
  types: 12,
  /** A block type and a vector of catch clauses. */
  tryTable: 13,
  /** Flags, a label and two heap types. */
  cast: 14,
} as const;

const SHAPE_OF: Readonly<Record<string, number>> = {
  "-": Shape.none,
  block: Shape.block,
  tryTable: Shape.tryTable,
  labels: Shape.labels,
  types: Shape.types,
  cast: Shape.cast,
  memarg: Shape.memarg,
  memargLane: Shape.memargByte,
  lane: Shape.byte,
  bytes4: Shape.bytes4,
  bytes8: Shape.bytes8,
  bytes16: Shape.bytes16,
  label: Shape.leb,
  func: Shape.leb,
  type: Shape.leb,
  local: Shape.leb,
  global: Shape.leb,
  table: Shape.leb,
  mem: Shape.leb,
  tag: Shape.leb,
  data: Shape.leb,
  elem: Shape.leb,
  heap: Shape.leb,
  number: Shape.leb,
  typeTable: Shape.leb2,
  typeField: Shape.leb2,
  typeCount: Shape.leb2,
  typeData: Shape.leb2,
  typeElem: Shape.leb2,
  typeType: Shape.leb2,
  dataMem: Shape.leb2,
  memMem: Shape.leb2,
  elemTable: Shape.leb2,
  tableTable: Shape.leb2,
};

/** One instruction, for reports, tests and the documentation. */
export interface Opcode {
  /** 0 when the opcode is one byte, else the prefix byte. */
  readonly prefix: number;
  readonly code: number;
  readonly name: string;
  /** The names of its immediates, as in `opcode_table.ts`. */
  readonly immediates: string;
  /** `ii:i`, or `*` when it depends. */
  readonly signature: string;
}

const PREFIXES: readonly (readonly [prefix: number, text: string])[] = [
  [0, CORE],
  [0xfb, GC],
  [0xfc, MISC],
  [0xfd, SIMD],
  [0xfe, ATOMIC],
];

function parse(prefix: number, text: string): Opcode[] {
  return text.trim().split("\n").flatMap((line) => {
    const head = /^(\S+) (\S*): /.exec(line);
    const immediates = head?.[1] ?? "";
    const signature = head?.[2] ?? "";
    return line.slice(head?.[0].length).split(", ").map((entry) => {
      const [code = "", name = ""] = entry.split(" ");
      return { prefix, code: parseInt(code, 16), name, immediates, signature };
    });
  });
}

/** Every instruction. */
export const OPCODES: readonly Opcode[] = PREFIXES.flatMap(([prefix, text]) => parse(prefix, text));

function shapes(prefix: number, size: number): Uint8Array {
  const table = new Uint8Array(size);
  for (const opcode of OPCODES) {
    if (opcode.prefix === prefix) table[opcode.code] = SHAPE_OF[opcode.immediates] ?? Shape.unknown;
  }
  return table;
}

/** Shapes of the one-byte opcodes. */
export const CORE_SHAPES = shapes(0, 256);

/** Shapes behind a prefix; index by `prefix - 0xfb`. */
export const PREFIXED_SHAPES: readonly Uint8Array[] = [0xfb, 0xfc, 0xfd, 0xfe].map((prefix) =>
  shapes(prefix, 0x120)
);
