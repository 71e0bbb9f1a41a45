/** A function of preview 1 as a record: what a guest passes, what it does, and what runs. */
import type { HostFunction, HostParameter, WasmType } from "../abi.ts";
import type { CapabilityName } from "../../capabilities/capability.ts";
import type { ErrnoName } from "./errno.ts";
import type { Wasi } from "./wasi.ts";

/** The import's module name. */
export const WASI_MODULE = "wasi_snapshot_preview1";

/** The specification; a function's section is this followed by its name. */
export const SPECIFICATION = "https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md#";

/** What runs: the state of the instance, then the guest's own arguments. Gives the errno. */
// deno-lint-ignore no-explicit-any -- wasm numbers of any type, by the record's signature
export type WasiRun = (wasi: Wasi, ...args: any[]) => number | Promise<number>;

/** A record and what runs. */
export interface WasiFunction extends HostFunction {
  readonly run: WasiRun;
}

/** Kinds of parameters that are an i64; every other kind is an i32. */
const WIDE_KINDS: ReadonlySet<string> = new Set(["size64", "delta", "rights", "time", "cookie"]);

/** What is said of a function beside its signature. */
export interface WasiFacts {
  readonly summary: string;
  readonly capability?: CapabilityName;
  readonly suspends?: true;
  /** Every errno that it gives, with its cause. */
  readonly errors: Readonly<Partial<Record<ErrnoName, string>>>;
}

/**
 * Makes a record.
 * @param signature parameters as `name:kind`, separated by spaces. Kinds: `fd`, `ptr` (to data), `out` (to a place
 *   for a result), `len` (bytes at the pointer before it), `count` (elements there), `path` (pointer to a path),
 *   `flags`, `id`, `code`, and as i64 `size64`, `delta`, `rights`, `time`, `cookie`
 */
export function wasi(name: string, signature: string, facts: WasiFacts, run: WasiRun): WasiFunction {
  return {
    module: WASI_MODULE,
    name,
    parameters: signature === "" ? [] : signature.split(" ").map(parameter),
    results: name === "proc_exit" ? [] : ["i32"],
    capability: facts.capability ?? null,
    suspends: facts.suspends ?? false,
    summary: facts.summary,
    errors: facts.errors as Readonly<Record<string, string>>,
    run,
  };
}

function parameter(text: string): HostParameter {
  const [name = "", kind = ""] = text.split(":");
  const type: WasmType = WIDE_KINDS.has(kind) ? "i64" : "i32";
  return { name, type, kind };
}

/** Causes that many functions share. */
export const CAUSE = {
  BADF: "the descriptor is not open",
  FAULT: "a pointer or a length reaches past the end of memory",
  NOTCAPABLE: "the descriptor lacks the right for this",
  PATH_ESCAPES: "the path is absolute, or leads out of its folder by '..' or a link",
  NOTDIR: "the descriptor is not a folder, or a part of the path is not one",
  NOENT: "there is nothing at the path",
  GONE: "the folder was removed or moved by another program",
  LOOP: "the path goes through more than 40 links",
  NAMETOOLONG: "the path is longer than the limit pathMaxBytes, or a name longer than 255 bytes",
  ILSEQ: "the path is not UTF-8",
  PATH_INVAL: "the path holds a NUL",
  READ_ONLY: "the folder is mounted read-only",
  QUOTA: "the folder's quota of bytes or entries is used up (DQUOT on the disk, NOSPC in memory)",
  IO: "the host's file system failed; its log has the reason",
} as const;

/** Errors of every function that takes a path. */
export const PATH_ERRORS = {
  BADF: CAUSE.BADF,
  FAULT: CAUSE.FAULT,
  ILSEQ: CAUSE.ILSEQ,
  INVAL: CAUSE.PATH_INVAL,
  IO: CAUSE.IO,
  LOOP: CAUSE.LOOP,
  NAMETOOLONG: CAUSE.NAMETOOLONG,
  NOENT: CAUSE.NOENT,
  NOTCAPABLE: CAUSE.NOTCAPABLE,
  NOTDIR: CAUSE.NOTDIR,
  PERM: CAUSE.PATH_ESCAPES,
} as const;
