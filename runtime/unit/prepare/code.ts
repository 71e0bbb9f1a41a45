/** Writes the code section with its insertions. */
import { BODY_SIZE } from "./scan.ts";
import { Insertion } from "./place.ts";
import { PAGE_BYTES } from "./maxima.ts";
import { Section } from "./module.ts";
import { type Decisions, flagGlobals } from "./decisions.ts";
import { lebLength, Writer } from "./writer.ts";

/** The new code section, its size known before it is written. */
export interface WrittenCode {
  /** Bytes of the contents, and of the original's. */
  readonly length: number;
  readonly lengthBefore: number;
  /** Writes the section with its head. */
  write(out: Writer): void;
  /** Where an offset within a function's body lies now; `index` counts defined functions. */
  moved(index: number, offset: number): number;
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

/** Lays out the new code section. */
export function writeCode(decisions: Decisions): WrittenCode {
  const { module, code, placement } = decisions;
  const { insertions, insertionsFrom } = placement;
  const [tables, segments] = flagGlobals(decisions);
  const inserted: Uint8Array[] = [];
  const none = new Uint8Array(0);
  inserted[Insertion.check] = checkBytes(module.memories.length);
  inserted[Insertion.tableFlag] = decisions.plan.tablesFlag ? flagBytes(tables) : none;
  inserted[Insertion.segmentFlag] = decisions.plan.segmentsFlag ? flagBytes(segments) : none;
  const count = insertionsFrom.length - 1;
  const sizes = new Int32Array(count);
  let length = lebLength(count);
  for (let index = 0; index < count; index++) {
    const at = index * BODY_SIZE;
    let size = (code.bodies[at + 3] ?? 0) - (code.bodies[at + 1] ?? 0);
    for (let i = insertionsFrom[index] ?? 0; i < (insertionsFrom[index + 1] ?? 0); i += 2) {
      size += inserted[insertions[i + 1] ?? 0]?.length ?? 0;
    }
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
        out.range(module.bytes, copied, at).raw(inserted[insertions[i + 1] ?? 0] ?? none);
        copied = at;
      }
      out.range(module.bytes, copied, end);
    }
  };
  const moved = (index: number, offset: number) => {
    const start = code.bodies[index * BODY_SIZE + 1] ?? 0;
    let to = offset;
    for (let i = insertionsFrom[index] ?? 0; i < (insertionsFrom[index + 1] ?? 0); i += 2) {
      if ((insertions[i] ?? 0) - start <= offset) to += inserted[insertions[i + 1] ?? 0]?.length ?? 0;
    }
    return to;
  };
  const section = module.sections.find(({ id }) => id === Section.code);
  return { length, lengthBefore: section ? section.end - section.start : 0, write, moved };
}
