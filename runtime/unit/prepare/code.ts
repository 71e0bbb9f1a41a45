/** Writes the code section with its insertions. */
import { BODY_SIZE, OBJECT_BYTES } from "./scan.ts";
import { Insertion, INSERTION_KIND_BITS } from "./placement.ts";
import { prepareError } from "./errors.ts";
import { PAGE_BYTES } from "./maxima.ts";
import { Section } from "./module.ts";
import { type AddedGlobals, addedGlobals, type Decisions } from "./decisions.ts";
import { lebLength, Writer } from "./writer.ts";

/** V8's own limit on a function's body. */
const FUNCTION_MAX_BYTES = 7_654_321;

function tooLong(index: number, bytes: number): Error {
  return prepareError(
    "module-too-complex",
    `with its checks function ${index} has ${bytes} bytes; at most ${FUNCTION_MAX_BYTES} are allowed`,
    { function: index, bytes, max: FUNCTION_MAX_BYTES },
  );
}

/** The new code section, its size known before it is written. */
export interface WrittenCode {
  /** Bytes of the contents, and of the original's. */
  readonly length: number;
  readonly lengthBefore: number;
  /** Writes the section with its head. */
  write(out: Writer): void;
  /**
   * Tells where offsets within a function's body lie now; `index` counts defined functions. To be asked in ascending
   * order: then all offsets of a function take one walk over its insertions.
   */
  mover(index: number): (offset: number) => number;
}

/**
 * The check: `(drop (i32.load8_u $word offset=65535 (i32.load8_u $word offset=3 (i32.const 0))))`. The inner load takes
 * the stop byte of the word (`worker/interrupt.ts`). While it is 0, the outer load reads the last byte of the page; when
 * it is not, that address lies outside the memory and the load traps. Two loads and no branch: V8 leaves the bounds
 * check to the processor's memory protection, and neither unrolling nor peeling of the loop around is disturbed.
 */
function checkBytes(wordMemory: number): Uint8Array {
  const out = new Writer().raw([0x41, 0x00]);
  for (const offset of [3, PAGE_BYTES - 1]) {
    out.u8(0x2d);
    if (wordMemory === 0) out.u8(0);
    else out.u8(0x40).u32(wordMemory);
    out.u32(offset);
  }
  return out.u8(0x1a).finish();
}

/** `(global.set N (i32.const 1))`. */
function flagBytes(global: number): Uint8Array {
  return new Writer().raw([0x41, 0x01, 0x24]).u32(global).finish();
}

/**
 * Counts an object: `heap += bytes; if (heap > limit) unreachable`, in i64, so that nothing overflows. An array's length
 * is taken off the stack into a global, counted, and put back.
 */
function countBytes(kind: number, bytes: number, globals: AddedGlobals, limit: number): Uint8Array {
  const array = kind === Insertion.array;
  const out = new Writer();
  if (array) {
    out.u8(0x24).u32(globals.length).u8(0x23).u32(globals.length).raw([0xad, 0x42]).signed(bytes).u8(0x7e);
  }
  out.u8(0x42).signed(array ? OBJECT_BYTES : bytes);
  if (array) out.u8(0x7c);
  out.u8(0x23).u32(globals.heap).u8(0x7c).u8(0x24).u32(globals.heap).u8(0x23).u32(globals.heap);
  out.u8(0x42).signed(limit).raw([0x56, 0x04, 0x40, 0x00, 0x0b]);
  if (array) out.u8(0x23).u32(globals.length);
  return out.finish();
}

/** Gives the bytes to insert for each kind; made once. */
function insertedBytes({ module, plan }: Decisions): (insertion: number) => Uint8Array {
  const globals = addedGlobals(module, plan);
  const none = new Uint8Array(0);
  const made = new Map<number, Uint8Array>([
    [Insertion.check, checkBytes(module.memories.length)],
    [Insertion.tableFlag, plan.tablesFlag ? flagBytes(globals.tablesFlag) : none],
    [Insertion.segmentFlag, plan.segmentsFlag ? flagBytes(globals.segmentsFlag) : none],
  ]);
  return (insertion) => {
    let bytes = made.get(insertion);
    if (!bytes) {
      const kind = insertion & ((1 << INSERTION_KIND_BITS) - 1);
      bytes = countBytes(kind, insertion >>> INSERTION_KIND_BITS, globals, plan.heapMaxBytes);
      made.set(insertion, bytes);
    }
    return bytes;
  };
}

/** Lays out the new code section. */
export function writeCode(decisions: Decisions): WrittenCode {
  const { module, code, placement } = decisions;
  const { insertions, insertionsFrom } = placement;
  const inserted = insertedBytes(decisions);
  const count = insertionsFrom.length - 1;
  const sizes = new Int32Array(count);
  let length = lebLength(count);
  for (let index = 0; index < count; index++) {
    const at = index * BODY_SIZE;
    let size = (code.bodies[at + 3] ?? 0) - (code.bodies[at + 1] ?? 0);
    for (let i = insertionsFrom[index] ?? 0; i < (insertionsFrom[index + 1] ?? 0); i += 2) {
      size += inserted(insertions[i + 1] ?? 0).length;
    }
    if (size > FUNCTION_MAX_BYTES) throw tooLong(module.importedFunctions + index, size);
    sizes[index] = size;
    length += lebLength(size) + size;
  }
  const write = (out: Writer) => {
    out.u8(Section.code).u32(length).u32(count);
    for (let index = 0; index < count; index++) {
      const end = code.bodies[index * BODY_SIZE + 3] ?? 0;
      let copied = code.bodies[index * BODY_SIZE + 1] ?? 0;
      out.u32(sizes[index] ?? 0);
      for (let i = insertionsFrom[index] ?? 0; i < (insertionsFrom[index + 1] ?? 0); i += 2) {
        const at = insertions[i] ?? 0;
        out.range(module.bytes, copied, at).raw(inserted(insertions[i + 1] ?? 0));
        copied = at;
      }
      out.range(module.bytes, copied, end);
    }
  };
  const mover = (index: number) => {
    const start = code.bodies[index * BODY_SIZE + 1] ?? 0;
    let next = insertionsFrom[index] ?? 0;
    let shift = 0;
    return (offset: number) => {
      for (
        ;
        next < (insertionsFrom[index + 1] ?? 0) && (insertions[next] ?? 0) - start <= offset;
        next += 2
      ) {
        shift += inserted(insertions[next + 1] ?? 0).length;
      }
      return offset + shift;
    };
  };
  const section = module.sections.find(({ id }) => id === Section.code);
  return { length, lengthBefore: section ? section.end - section.start : 0, write, mover };
}
