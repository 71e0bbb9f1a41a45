/** The parts of a module around its code: sections, imports, exports, tables, memories, globals. */
import { prepareError } from "./errors.ts";
import { Reader } from "./reader.ts";
import { type FunctionType, NO_TYPES, readTypes, readValueType, type Types } from "./types.ts";
import { readConstant, readElements } from "./segments.ts";

/** Section numbers, in the order in which they must stand. */
export const Section = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  tag: 13,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  dataCount: 12,
  code: 10,
  data: 11,
} as const;

/** One section as it lies in the file. */
export interface SectionRange {
  readonly id: number;
  /** Offset of its id. */
  readonly from: number;
  /** Offset of its contents. */
  readonly start: number;
  readonly end: number;
  /** A custom section's name. */
  readonly name: string;
}

/** Size limits of a memory (pages) or table (entries). */
export interface SizeLimits {
  readonly initial: number;
  readonly maximum: number | null;
  readonly shared: boolean;
  readonly address64: boolean;
}

/** What kind of thing is imported or exported. */
export type ExternKind = "function" | "table" | "memory" | "global" | "tag";

const KINDS: readonly ExternKind[] = ["function", "table", "memory", "global", "tag"];

/** An import with the offsets that a rewriter needs. */
export interface ImportEntry {
  readonly module: string;
  readonly name: string;
  readonly kind: ExternKind;
  /** Index in the index space of its kind. */
  readonly index: number;
  /** Where its limits lie (memories and tables). */
  readonly limitsFrom: number;
  readonly limitsTo: number;
}

/** An export. */
export interface ExportEntry {
  readonly name: string;
  readonly kind: ExternKind;
  readonly index: number;
}

/** A table, imported or defined. */
export interface Table extends SizeLimits {
  readonly type: string;
  readonly imported: boolean;
  /** Where its limits lie in the file. */
  readonly limitsFrom: number;
  readonly limitsTo: number;
}

/** A memory, imported or defined. */
export interface Memory extends SizeLimits {
  readonly imported: boolean;
}

/** A global, imported or defined. */
export interface Global {
  readonly type: string;
  readonly mutable: boolean;
}

/** A module, its code not yet looked at. */
export interface WasmModule {
  readonly bytes: Uint8Array;
  readonly sections: readonly SectionRange[];
  readonly types: Types;
  readonly imports: readonly ImportEntry[];
  readonly exports: readonly ExportEntry[];
  /** Type index of every function, imported ones first. */
  readonly functions: readonly number[];
  readonly importedFunctions: number;
  readonly tables: readonly Table[];
  readonly memories: readonly Memory[];
  readonly globals: readonly Global[];
  readonly tags: readonly number[];
  /** Functions whose address is taken outside the code (element segments, initial values). */
  readonly referenced: ReadonlySet<number>;
  readonly start: number | null;
}

const HEADER_BYTES = 8;

/** Reads a module that V8 has found valid; throws `module-invalid` with an offset where it does not decode. */
export function readWasmModule(bytes: Uint8Array): WasmModule {
  const sections = readSections(bytes);
  const building = new ModuleBuilder(bytes);
  for (const section of sections) building.section(section);
  return building.finish(sections);
}

function readSections(bytes: Uint8Array): SectionRange[] {
  const reader = new Reader(bytes, HEADER_BYTES);
  const sections: SectionRange[] = [];
  while (!reader.done) {
    const from = reader.pos;
    const id = reader.u8();
    const part = reader.part(reader.u32());
    const start = part.pos;
    sections.push({ id, from, start, end: part.end, name: id === Section.custom ? part.name() : "" });
  }
  return sections;
}

/** Reads the limits of a memory or table. */
export function readLimits(reader: Reader): SizeLimits {
  const flags = reader.u8();
  if (flags > 7) throw reader.malformed(`limits with flags 0x${flags.toString(16)} are not known`);
  const initial = reader.u64();
  const maximum = flags & 1 ? reader.u64() : null;
  return { initial, maximum, shared: (flags & 2) !== 0, address64: (flags & 4) !== 0 };
}

class ModuleBuilder {
  #types = NO_TYPES;
  #imports: ImportEntry[] = [];
  #exports: ExportEntry[] = [];
  #functions: number[] = [];
  #importedFunctions = 0;
  #tables: Table[] = [];
  #memories: Memory[] = [];
  #globals: Global[] = [];
  #tags: number[] = [];
  #referenced = new Set<number>();
  #start: number | null = null;

  constructor(private readonly bytes: Uint8Array) {}

  section({ id, start, end }: SectionRange): void {
    const reader = new Reader(this.bytes, start, end);
    const each = (read: () => void) => {
      for (let count = reader.u32(); count > 0; count--) read();
    };
    switch (id) {
      case Section.type:
        this.#types = readTypes(reader);
        break;
      case Section.import:
        each(() => this.#import(reader));
        break;
      case Section.function:
        each(() => this.#functions.push(reader.u32()));
        break;
      case Section.table:
        each(() => this.#table(reader));
        break;
      case Section.memory:
        each(() => this.#memories.push({ ...readLimits(reader), imported: false }));
        break;
      case Section.tag:
        each(() => this.#tag(reader));
        break;
      case Section.global:
        each(() => {
          this.#global(reader);
          readConstant(reader, this.#referenced);
        });
        break;
      case Section.export:
        each(() => this.#exports.push({ name: reader.name(), kind: readKind(reader), index: reader.u32() }));
        break;
      case Section.start:
        this.#start = reader.u32();
        break;
      case Section.element:
        readElements(reader, this.#referenced);
        break;
    }
  }

  #import(reader: Reader): void {
    const module = reader.name();
    const name = reader.name();
    const kind = readKind(reader);
    const entry = { module, name, kind, limitsFrom: 0, limitsTo: 0 };
    if (kind === "function") {
      this.#imports.push({ ...entry, index: this.#functions.push(reader.u32()) - 1 });
      this.#importedFunctions++;
    } else if (kind === "table") {
      const type = readValueType(reader);
      const range = { limitsFrom: reader.pos, ...readLimits(reader), limitsTo: reader.pos };
      const index = this.#tables.push({ type, imported: true, ...range }) - 1;
      this.#imports.push({ ...entry, index, limitsFrom: range.limitsFrom, limitsTo: range.limitsTo });
    } else if (kind === "memory") {
      const limitsFrom = reader.pos;
      const index = this.#memories.push({ ...readLimits(reader), imported: true }) - 1;
      this.#imports.push({ ...entry, index, limitsFrom, limitsTo: reader.pos });
    } else if (kind === "global") {
      this.#global(reader);
      this.#imports.push({ ...entry, index: this.#globals.length - 1 });
    } else {
      this.#tag(reader);
      this.#imports.push({ ...entry, index: this.#tags.length - 1 });
    }
  }

  #table(reader: Reader): void {
    const withInitialValue = reader.bytes[reader.pos] === 0x40;
    if (withInitialValue) reader.skip(2);
    const type = readValueType(reader);
    const limitsFrom = reader.pos;
    const limits = readLimits(reader);
    this.#tables.push({ type, imported: false, ...limits, limitsFrom, limitsTo: reader.pos });
    if (withInitialValue) readConstant(reader, this.#referenced);
  }

  #tag(reader: Reader): void {
    reader.u8(); // attribute
    this.#tags.push(reader.u32());
  }

  #global(reader: Reader): void {
    this.#globals.push({ type: readValueType(reader), mutable: (reader.u8() & 1) !== 0 });
  }

  finish(sections: readonly SectionRange[]): WasmModule {
    return {
      bytes: this.bytes,
      sections,
      types: this.#types,
      imports: this.#imports,
      exports: this.#exports,
      functions: this.#functions,
      importedFunctions: this.#importedFunctions,
      tables: this.#tables,
      memories: this.#memories,
      globals: this.#globals,
      tags: this.#tags,
      referenced: this.#referenced,
      start: this.#start,
    };
  }
}

function readKind(reader: Reader): ExternKind {
  const kind = KINDS[reader.u8()];
  if (!kind) throw reader.malformed("this kind of import or export is not known");
  return kind;
}

/** The type of a function by its index. */
export function functionType(module: WasmModule, index: number): FunctionType {
  const type = module.types.functions[module.functions[index] ?? -1];
  if (!type) throw prepareError("module-invalid", `function ${index} has no function type`);
  return type;
}
