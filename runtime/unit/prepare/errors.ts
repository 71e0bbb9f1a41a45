/** Why a module is refused at deploy. */
import type { ErrorTable } from "../../error.ts";
import { BerthError } from "../../error.ts";

/** The codes of preparation. */
export const PREPARE_ERRORS = {
  "module-invalid": {
    status: 400,
    title: "The module is not valid WebAssembly",
    fix: "Build it again; `wasm-validate` or a browser's console tells more.",
  },
  "module-opcode-unknown": {
    status: 400,
    title: "The module uses an instruction that Berth does not know",
    fix: "Build it without the feature that the instruction belongs to, or use a newer Berth.",
  },
  "module-memory-shared": {
    status: 400,
    title: "The module has a shared memory",
    fix: "Build it without threads (no -pthread, no --shared-memory).",
  },
  "module-memory-too-large": {
    status: 400,
    title: "The module needs more memory than its limit",
    fix: "Lower its initial memory, or have the operator raise memoryMaxBytes.",
  },
  "module-table-too-large": {
    status: 400,
    title: "The module needs more table entries than its limit",
    fix: "Have the operator raise tableEntriesMaxCount.",
  },
  "module-too-complex": {
    status: 400,
    title: "The module has too many parts of one kind",
    fix: "Split it into several services.",
  },
  "module-name-reserved": {
    status: 400,
    title: "The module uses a name that is reserved for Berth",
    fix: "Rename the import, export or section; names that begin with `berth:` are Berth's own.",
  },
} as const satisfies ErrorTable;

/** A code of preparation. */
export type PrepareErrorCode = keyof typeof PREPARE_ERRORS;

/** The error that preparation throws. `data` carries fields for programs (`offset`, `opcode`, `limit` …). */
export function prepareError(
  code: PrepareErrorCode,
  detail: string,
  data: Readonly<Record<string, unknown>> = {},
): BerthError<PrepareErrorCode> {
  return new BerthError(code, detail, data);
}
