/** Custom sections that point into the code: `metadata.code.*` (branch hints and their like) is carried along. */
import type { WrittenCode } from "./code.ts";
import type { SectionRange, WasmModule } from "./module.ts";
import { Reader } from "./reader.ts";
import { Writer } from "./writer.ts";

/** The contents of a `metadata.code.*` section with its offsets moved. Source: WebAssembly 3.0, "Code metadata". */
export function moveMetadata(module: WasmModule, section: SectionRange, code: WrittenCode): Writer {
  const reader = new Reader(module.bytes, section.start, section.end);
  const out = new Writer(section.end - section.start + 256).name(reader.name());
  try {
    const moved = new Writer(section.end - section.start + 256);
    moveFunctions(reader, moved, module, code);
    return out.raw(moved.finish());
  } catch {
    // An engine ignores a hint section that does not decode; so does preparation, by writing an empty one.
    return out.u32(0);
  }
}

function moveFunctions(reader: Reader, out: Writer, module: WasmModule, code: WrittenCode): void {
  const functions = reader.u32();
  out.u32(functions);
  let last = -1;
  for (let index = 0; index < functions; index++) {
    const fn = reader.u32();
    // The order is the specification's; it also bounds the work for a hostile section.
    if (fn <= last) throw reader.malformed("functions are not in ascending order");
    last = fn;
    const hints = reader.u32();
    const moved = code.mover(fn - module.importedFunctions);
    out.u32(fn).u32(hints);
    for (let hint = 0, before = -1; hint < hints; hint++) {
      const offset = reader.u32();
      if (offset <= before) throw reader.malformed("hints are not in ascending order");
      before = offset;
      out.u32(moved(offset));
      const size = reader.u32();
      out.u32(size).range(reader.bytes, reader.pos, reader.pos + size);
      reader.skip(size);
    }
  }
}
