/** One pass over the code section: from bytes to events. Instructions are told apart by the tables only. */
import { CORE_EVENTS, Event, EventList, GC_EVENTS, HAS_ARGUMENT, MISC_EVENTS } from "./events.ts";
import { prepareError } from "./errors.ts";
import { Section, type WasmModule } from "./module.ts";
import { CORE_SHAPES, PREFIXED_SHAPES, Shape } from "./opcodes.ts";
import { Reader } from "./reader.ts";
import { unknownOpcode } from "./segments.ts";
import { readValueType } from "./types.ts";

/** The code of a module as events. */
export interface ScannedCode {
  /** Four numbers a function: offset of its size, of its body (locals), of its first instruction, of its end. */
  readonly bodies: Int32Array;
  /** Where each function's events begin in `events`; one more entry for the end of the last. */
  readonly eventsFrom: Int32Array;
  readonly events: Int32Array;
  /** Functions named by `ref.func` in code. */
  readonly referenced: ReadonlySet<number>;
  /** Tables that the code can change. */
  readonly changedTables: ReadonlySet<number>;
  /** Whether the code can drop passive segments. */
  readonly dropsSegments: boolean;
  /** Whether the code makes structs or arrays. */
  readonly makesObjects: boolean;
  /** Whether the code can get hold of an exception as a value, and so keep it. */
  readonly keepsExceptions: boolean;
}

/** Numbers of a body in {@link ScannedCode.bodies}. */
export const BODY_SIZE = 4;

/** The head of an object on the engine's heap. */
export const OBJECT_BYTES = 24;

/** After so many bytes without an event, a `tick`: placement must not lose sight of long straight code. */
const TICK_BYTES = 1024;

const REF_FUNC = 0xd2;
const THROW = 0x08;
const FIRST_PREFIX = 0xfb;
const LAST_PREFIX = 0xfe;

/** Scans the code of a module; throws `module-opcode-unknown` for an instruction that is not in the table. */
export function scanCode(module: WasmModule): ScannedCode {
  const section = module.sections.find(({ id }) => id === Section.code);
  const reader = new Reader(module.bytes, section?.start ?? 0, section?.end ?? 0);
  const count = section ? reader.u32() : 0;
  const scanner = new Scanner(reader, module.types.heapBytes);
  const bodies = new Int32Array(count * BODY_SIZE);
  const eventsFrom = new Int32Array(count + 1);
  for (let index = 0; index < count; index++) {
    const from = reader.pos;
    const size = reader.u32();
    const start = reader.pos;
    if (size > reader.end - start) throw reader.malformed("a function ends after the code section");
    for (let groups = reader.u32(); groups > 0; groups--) {
      reader.skipLeb();
      readValueType(reader);
    }
    bodies.set([from, start, reader.pos, start + size], index * BODY_SIZE);
    scanner.body(reader.pos, start + size);
    reader.pos = start + size;
    eventsFrom[index + 1] = scanner.events.length;
  }
  const { events, referenced, changedTables, dropsSegments, makesObjects, keepsExceptions } = scanner;
  return {
    bodies,
    eventsFrom,
    events: events.data,
    referenced,
    changedTables,
    dropsSegments,
    makesObjects,
    keepsExceptions,
  };
}

class Scanner {
  readonly events = new EventList();
  readonly referenced = new Set<number>();
  readonly changedTables = new Set<number>();
  dropsSegments = false;
  makesObjects = false;
  keepsExceptions = false;
  readonly #bytes: Uint8Array;
  /** Offset of the last event. */
  #last = 0;

  constructor(private readonly reader: Reader, private readonly heapBytes: readonly number[]) {
    this.#bytes = reader.bytes;
  }

  /** Scans the instructions from `start` to `end`. Reads past the end give `undefined`, which ends every loop. */
  body(start: number, end: number): void {
    const bytes = this.#bytes;
    this.#last = start;
    let pos = start;
    while (pos < end) {
      const at = pos;
      const opcode = bytes[pos++] ?? 0;
      const event = CORE_EVENTS[opcode] ?? 0;
      if (event !== 0) this.#event(event, at, pos);
      else if (at - this.#last > TICK_BYTES) this.#event(Event.tick, at, pos);
      if (opcode >= FIRST_PREFIX && opcode <= LAST_PREFIX) {
        pos = this.#prefixed(opcode, at, pos);
        continue;
      }
      const shape = CORE_SHAPES[opcode] ?? Shape.unknown;
      if (shape === Shape.none) continue;
      if (shape === Shape.leb) {
        if (opcode === REF_FUNC) this.referenced.add(this.#u32(pos));
        while ((bytes[pos++] ?? 0) >= 0x80);
      } else if (shape === Shape.memarg) pos = this.#memarg(pos);
      else pos = this.#immediates(shape, opcode, at, pos);
    }
    if (pos !== end) {
      throw prepareError("module-invalid", `decoding the module at offset ${end}: an instruction is cut`);
    }
  }

  #event(kind: number, at: number, pos: number): void {
    this.#last = at;
    const argument = HAS_ARGUMENT[kind] ? this.#u32(pos) : 0;
    if (kind === Event.stop && this.#bytes[at] === THROW) this.events.push(Event.throw, at, 0);
    if (kind === Event.tableChange) this.changedTables.add(argument);
    this.events.push(kind, at, argument);
  }

  #prefixed(prefix: number, at: number, from: number): number {
    const code = this.#u32(from);
    const pos = this.#skipLeb(from);
    const shape = PREFIXED_SHAPES[prefix - FIRST_PREFIX]?.[code] ?? Shape.unknown;
    if (prefix === 0xfb) this.#gc(code, at, pos);
    if (prefix === 0xfc && MISC_EVENTS[code]) this.#misc(code, at, pos);
    if (shape === Shape.none) return pos;
    if (shape === Shape.memarg) return this.#memarg(pos);
    return this.#immediates(shape, code, at, pos, prefix);
  }

  /** Objects are counted before they are made; see RATIONALE.md. Codes 0 and 1 make structs, 6 to 10 arrays. */
  #gc(code: number, at: number, pos: number): void {
    if (GC_EVENTS[code]) this.#event(Event.heavy, at, pos);
    if (code > 10 || (code > 1 && code < 6)) return;
    const bytes = this.heapBytes[this.#u32(pos)] ?? 0;
    const fixedLength = code < 6 ? 1 : code === 8 ? this.#u32(this.#skipLeb(pos)) : -1;
    this.makesObjects = true;
    this.#last = at;
    if (fixedLength < 0) this.events.push(Event.array, at, bytes);
    else this.events.push(Event.object, at, OBJECT_BYTES + bytes * fixedLength);
  }

  #misc(code: number, at: number, pos: number): void {
    const kind = MISC_EVENTS[code] ?? 0;
    // table.init has its table second; the others first.
    const table = code === 0x0c ? this.#skipLeb(pos) : pos;
    if (kind === Event.segmentDrop) this.dropsSegments = true;
    if (kind === Event.tableChange) this.#event(Event.heavy, at, pos);
    this.#event(kind, at, kind === Event.tableChange ? table : pos);
  }

  #immediates(shape: number, code: number, at: number, pos: number, prefix = 0): number {
    switch (shape) {
      case Shape.leb:
        return this.#skipLeb(pos);
      case Shape.leb2:
        return this.#skipLeb(this.#skipLeb(pos));
      case Shape.byte:
        return pos + 1;
      case Shape.bytes4:
        return pos + 4;
      case Shape.bytes8:
        return pos + 8;
      case Shape.bytes16:
        return pos + 16;
      case Shape.memargByte:
        return this.#memarg(pos) + 1;
      case Shape.block:
        return this.#blockType(pos);
      case Shape.labels:
        return this.#labels(at, pos);
      case Shape.types:
        return this.#types(pos);
      case Shape.tryTable:
        return this.#tryTable(at, pos);
      case Shape.cast:
        this.#event(Event.brIf, at, pos + 1);
        return this.#skipLeb(this.#skipLeb(this.#skipLeb(pos + 1)));
      default:
        throw unknownOpcode(prefix, code, at);
    }
  }

  #u32(at: number): number {
    const byte = this.#bytes[at] ?? 0;
    if (byte < 0x80) return byte;
    this.reader.pos = at;
    return this.reader.u32();
  }

  #skipLeb(at: number): number {
    let pos = at;
    while ((this.#bytes[pos++] ?? 0) >= 0x80);
    return pos;
  }

  /** Alignment with flags (bit 6: a memory index follows), then the offset. */
  #memarg(at: number): number {
    const flags = this.#bytes[at] ?? 0;
    const pos = flags < 0x80 ? at + 1 : this.#skipLeb(at);
    return this.#skipLeb((flags & 0x40) === 0 ? pos : this.#skipLeb(pos));
  }

  #blockType(at: number): number {
    const byte = this.#bytes[at] ?? 0;
    // A reference type with its heap type is two numbers; a type index, a plain type and "none" are one.
    return byte === 0x63 || byte === 0x64 ? this.#skipLeb(at + 1) : this.#skipLeb(at);
  }

  #types(at: number): number {
    this.reader.pos = at;
    for (let count = this.reader.u32(); count > 0; count--) readValueType(this.reader);
    return this.reader.pos;
  }

  #labels(at: number, from: number): number {
    this.#last = at;
    this.reader.pos = from;
    for (let count = this.reader.u32() + 1; count > 0; count--) {
      this.events.push(Event.brIf, at, this.reader.u32());
    }
    this.events.push(Event.stop, at, 0);
    return this.reader.pos;
  }

  #tryTable(at: number, from: number): number {
    this.#last = at;
    this.reader.pos = this.#blockType(from);
    const count = this.reader.u32();
    this.events.push(Event.tryTable, at, count);
    for (let clause = 0; clause < count; clause++) {
      const kind = this.reader.u8();
      if (kind < 2) this.reader.u32(); // catch and catch_ref name a tag
      if (kind % 2 === 1) this.keepsExceptions = true; // catch_ref and catch_all_ref give the exception
      this.events.push(Event.catchLabel, at, this.reader.u32());
    }
    return this.reader.pos;
  }
}
