/** Writes the prepared module: unchanged ranges are copied, the rest is made from the plan. */
import {
  BERTH_IMPORT_MODULE,
  INTERRUPT_MEMORY_IMPORT,
  MEMORY_IMPORT_MODULE,
  PLAN_SECTION,
  STATE_EXPORT_PREFIX,
} from "../../prepared.ts";
import { writeCode, type WrittenCode } from "./code.ts";
import { moveMetadata } from "./custom.ts";
import { addedGlobals, type Decisions } from "./decisions.ts";
import { Section, type SectionRange, type SizeLimits, type WasmModule } from "./module.ts";
import { Reader } from "./reader.ts";
import { Writer } from "./writer.ts";

const KIND = { function: 0, table: 1, memory: 2, global: 3, tag: 4 } as const;
const I32 = 0x7f;
const I64 = 0x7e;
const END = 0x0b;

/** The place of each section number among the others. */
const RANK: Readonly<Record<number, number>> = Object.fromEntries(
  Object.values(Section).map((id, rank) => [id, rank]),
);

/** Sections that describe the code by its offsets in the file before preparation. */
const STALE = /^(\.debug_|reloc\.|linking$|sourceMappingURL$|external_debug_info$)/;

/** Whether a custom section is left out of the prepared module. */
export function isStale(name: string): boolean {
  return STALE.test(name);
}

/** The bytes of the prepared module. */
export function writeModule(decisions: Decisions): Uint8Array<ArrayBuffer> {
  const { module } = decisions;
  const code = writeCode(decisions);
  const made = makeSections(decisions, code);
  const out = new Writer(module.bytes.length + code.length - code.lengthBefore + 4096);
  out.range(module.bytes, 0, 8);
  const flush = (rank: number) => {
    for (const [id, write] of made) {
      if ((RANK[id] ?? 0) >= rank) continue;
      made.delete(id);
      write(out);
    }
  };
  for (const section of module.sections) {
    const { id, from, end } = section;
    if (id === Section.custom) writeCustom(out, decisions, section, code);
    else if (!made.has(id) && id !== Section.memory) {
      flush(RANK[id] ?? 0);
      out.range(module.bytes, from, end);
    } else flush((RANK[id] ?? 0) + 1);
  }
  flush(Infinity);
  const plan = new Writer(256).name(PLAN_SECTION).raw(
    new TextEncoder().encode(JSON.stringify(decisions.plan)),
  );
  writeSection(out, Section.custom, plan);
  return out.finish();
}

/** The sections that are not copied, in their order. An empty one writes nothing. */
function makeSections(decisions: Decisions, code: WrittenCode): Map<number, (out: Writer) => void> {
  const { module, plan } = decisions;
  const made = new Map<number, (out: Writer) => void>();
  made.set(Section.import, (out) => writeSection(out, Section.import, importSection(decisions)));
  if (module.tables.some(({ imported }) => !imported)) {
    made.set(Section.table, (out) => writeSection(out, Section.table, tableSection(decisions)));
  }
  if (addedGlobals(module, plan).types.length > 0) {
    made.set(Section.global, (out) => writeSection(out, Section.global, globalSection(decisions)));
  }
  made.set(Section.export, (out) => writeSection(out, Section.export, exportSection(decisions)));
  if (module.sections.some(({ id }) => id === Section.code)) {
    made.set(Section.code, (out) => code.write(out));
  }
  return made;
}

function writeSection(out: Writer, id: number, contents: Writer): void {
  out.u8(id).u32(contents.length).raw(contents.finish());
}

function findSection(module: WasmModule, id: number): SectionRange | undefined {
  return module.sections.find((section) => section.id === id);
}

/** Begins a section with the entries of the original's and `added` more. */
function extend(module: WasmModule, id: number, added: number): Writer {
  const section = findSection(module, id);
  if (!section) return new Writer().u32(added);
  const reader = new Reader(module.bytes, section.start, section.end);
  const count = reader.u32();
  return new Writer(section.end - section.start + 256).u32(count + added)
    .range(module.bytes, reader.pos, section.end);
}

/** Copies a range with other limits in some places. */
function replaceLimits(
  out: Writer,
  module: WasmModule,
  [from, to]: readonly [number, number],
  changes: readonly { readonly at: number; readonly to: number; readonly limits: SizeLimits }[],
): void {
  let copied = from;
  for (const change of changes) {
    out.range(module.bytes, copied, change.at);
    writeLimits(out, change.limits);
    copied = change.to;
  }
  out.range(module.bytes, copied, to);
}

function writeLimits(out: Writer, limits: SizeLimits): void {
  const { initial, maximum, shared, address64 } = limits;
  out.u8((maximum === null ? 0 : 1) | (shared ? 2 : 0) | (address64 ? 4 : 0)).u32(initial);
  if (maximum !== null) out.u32(maximum);
}

/** The original's imports with lowered limits, then the memories it defined, then the word's memory. */
function importSection({ module, maxima }: Decisions): Writer {
  const defined = module.memories.flatMap((memory, index) => memory.imported ? [] : [{ memory, index }]);
  const section = findSection(module, Section.import);
  const reader = new Reader(module.bytes, section?.start ?? 0, section?.end ?? 0);
  const count = section ? reader.u32() : 0;
  const out = new Writer(1024).u32(count + defined.length + 1);
  const changes = module.imports.flatMap(({ kind, index, limitsFrom, limitsTo }) => {
    const limits = kind === "memory"
      ? module.memories[index]
      : kind === "table"
      ? module.tables[index]
      : null;
    const maximum = (kind === "memory" ? maxima.memoryPages : maxima.tableEntries)[index] ?? 0;
    return limits ? [{ at: limitsFrom, to: limitsTo, limits: { ...limits, maximum } }] : [];
  });
  if (section) replaceLimits(out, module, [reader.pos, section.end], changes);
  for (const { memory, index } of defined) {
    out.name(MEMORY_IMPORT_MODULE).name(String(index)).u8(KIND.memory);
    writeLimits(out, { ...memory, maximum: maxima.memoryPages[index] ?? memory.initial });
  }
  out.name(BERTH_IMPORT_MODULE).name(INTERRUPT_MEMORY_IMPORT).u8(KIND.memory);
  writeLimits(out, { initial: 1, maximum: 1, shared: true, address64: false });
  return out;
}

function tableSection({ module, maxima }: Decisions): Writer {
  const section = findSection(module, Section.table);
  const out = new Writer(256);
  const changes = module.tables.flatMap((table, index) =>
    table.imported ? [] : [{
      at: table.limitsFrom,
      to: table.limitsTo,
      limits: { ...table, maximum: maxima.tableEntries[index] ?? table.initial },
    }]
  );
  if (section) replaceLimits(out, module, [section.start, section.end], changes);
  return out;
}

function globalSection({ module, plan }: Decisions): Writer {
  const { types } = addedGlobals(module, plan);
  const out = extend(module, Section.global, types.length);
  for (const type of types) out.raw(type === "i32" ? [I32, 1, 0x41, 0, END] : [I64, 1, 0x42, 0, END]);
  return out;
}

function exportSection(decisions: Decisions): Writer {
  const { module, plan } = decisions;
  const { tablesFlag, segmentsFlag } = addedGlobals(module, plan);
  const added: (readonly [name: string, kind: number, index: number])[] = [
    ...plan.memories.map((_, index) => [`memory:${index}`, KIND.memory, index] as const),
    ...plan.globals.map((index) => [`global:${index}`, KIND.global, index] as const),
    ...plan.tables.map(({ index }) => [`table:${index}`, KIND.table, index] as const),
  ];
  if (plan.tablesFlag) added.push(["tables", KIND.global, tablesFlag]);
  if (plan.segmentsFlag) added.push(["segments", KIND.global, segmentsFlag]);
  const out = extend(module, Section.export, added.length);
  for (const [name, kind, index] of added) out.name(STATE_EXPORT_PREFIX + name).u8(kind).u32(index);
  return out;
}

function writeCustom(out: Writer, decisions: Decisions, section: SectionRange, code: WrittenCode): void {
  const { bytes } = decisions.module;
  if (isStale(section.name)) return;
  if (!section.name.startsWith("metadata.code.")) {
    out.range(bytes, section.from, section.end);
    return;
  }
  writeSection(out, Section.custom, moveMetadata(decisions.module, section, code));
}
