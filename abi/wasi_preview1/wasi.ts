/** The host's side of one instance: its memory, descriptors and capabilities, and how calls reach them. */
import type { AbiInstance, GuestContext, GuestFunction, GuestStart, ProgramSurroundings } from "../abi.ts";
import type { Stdio } from "../../capabilities/stdio/stdio.ts";
import { CapabilityError } from "../../capabilities/error.ts";
import { GuestExit } from "../exit.ts";
import { InstanceFiles } from "../instance_files.ts";
import { GuestMemory } from "../memory.ts";
import { WASI_MODULE, type WasiFunction } from "./call.ts";
import { Descriptor, DescriptorTable } from "./descriptor.ts";
import { Errno, errnoOf } from "./errno.ts";
import { Right, RIGHTS_FILE, RIGHTS_FOLDER, RIGHTS_MUTATING, RIGHTS_STREAM } from "./rights.ts";
import { traced } from "./trace.ts";

const encoder = new TextEncoder();

const encodeVariables = (variables: readonly (readonly [string, string])[]): Uint8Array[] =>
  variables.map(([name, value]) => encoder.encode(`${name}=${value}\0`));

/** What the functions of all groups work on. */
export class Wasi implements AbiInstance {
  readonly imports: AbiInstance["imports"];
  readonly context: GuestContext;
  readonly descriptors: DescriptorTable;
  readonly stdio: Stdio | undefined;
  /** `name\0` of each argument. */
  readonly args: readonly Uint8Array[];
  /** When it was opened, by its monotonic clock: where its CPU clocks begin. */
  readonly openedNs: bigint;
  /** Empty until {@link bind}: a start function that calls too early gets FAULT. */
  memory = new GuestMemory(new WebAssembly.Memory({ initial: 0, maximum: 0 }));
  /** Ends of the waits under way, called when the instance is put back or closed. */
  readonly waits = new Set<() => void>();
  readonly #files: InstanceFiles;
  readonly #environ: readonly Uint8Array[];
  readonly #surroundings: ProgramSurroundings | undefined;

  constructor(context: GuestContext, start: GuestStart, functions: readonly WasiFunction[]) {
    const { stdio, env, clock } = context.capabilities;
    this.context = context;
    this.args = start.args.map((text) => encoder.encode(`${text}\0`));
    this.#surroundings = start.surroundings;
    this.#environ = encodeVariables(env?.entries ?? []);
    this.stdio = start.surroundings?.streams ?? stdio?.session();
    this.#files = new InstanceFiles(context, start);
    this.openedNs = clock?.monotonicNs() ?? 0n;
    this.descriptors = new DescriptorTable(context.limits.descriptorsMaxCount);
    this.#openStreams();
    this.#preopen();
    this.imports = {
      [WASI_MODULE]: Object.fromEntries(functions.map((fn) => [fn.name, guarded(this, fn)])),
    };
  }

  /** `name=value\0` of each variable. */
  get environ(): readonly Uint8Array[] {
    return this.#surroundings ? encodeVariables(this.#surroundings.variables) : this.#environ;
  }

  #openStreams(): void {
    if (!this.stdio) return;
    for (const number of [0, 1, 2] as const) {
      const direction = number === 0 ? Right.FD_WRITE : Right.FD_READ;
      const stream = { type: "stream", number, terminal: this.stdio.isTerminal(number) } as const;
      this.descriptors.place(number, new Descriptor(stream, RIGHTS_STREAM & ~direction, 0, 0));
    }
  }

  #preopen(): void {
    for (const { guestPath, folder } of this.#files.session?.mounts ?? []) {
      const allowed = folder.access === "read" ? ~RIGHTS_MUTATING : ~0;
      const both = RIGHTS_FOLDER | RIGHTS_FILE;
      const descriptor = new Descriptor(folder, RIGHTS_FOLDER & allowed, both & allowed, 0);
      descriptor.preopen = encoder.encode(guestPath);
      descriptor.pinned = true; // the session's own: closed with it
      this.descriptors.add(descriptor);
    }
  }

  bind(exports: WebAssembly.Exports): void {
    if (exports.memory instanceof WebAssembly.Memory) this.memory = new GuestMemory(exports.memory);
  }

  snapshot(): void {
    this.stdio?.flush();
    this.descriptors.snapshot();
    this.#files.snapshot();
  }

  restore(): void {
    this.#endWaits();
    this.stdio?.flush();
    this.descriptors.restore();
    this.#files.restore();
  }

  close(): void {
    this.#endWaits();
    this.stdio?.flush();
    this.descriptors.closeAll();
    this.#files.close();
  }

  #endWaits(): void {
    for (const end of this.waits) end();
    this.waits.clear();
  }

  /** A path that the guest passes; its length is checked before it is decoded. */
  path(pointer: number, length: number): string {
    if (length >>> 0 > this.context.limits.pathMaxBytes) {
      throw new CapabilityError("nametoolong", "the path is too long");
    }
    try {
      return this.memory.text(pointer, length);
    } catch (error) {
      if (error instanceof TypeError) throw new CapabilityError("ilseq", "the path is not UTF-8");
      throw error;
    }
  }

  /** The errno for what a call threw; an end of the guest goes on, and a bug of ours is logged and is IO. */
  failed(name: string, error: unknown): number {
    if (error instanceof GuestExit) throw error;
    const errno = errnoOf(error);
    if (errno === undefined) {
      const detail = error instanceof Error ? error.stack ?? error.message : String(error);
      this.context.log("error", `${name} failed inside the host`, { detail });
      return Errno.IO;
    }
    if (error instanceof CapabilityError && error.code === "notcapable") {
      this.context.denied(
        "files",
        `${name}: ${error.message}`,
        error.manifestLine || '"files": {"mounts": […]}',
      );
    }
    return errno;
  }
}

/** The import: the function with its state, and the one place where errors become numbers. */
function guarded(wasi: Wasi, fn: WasiFunction): GuestFunction {
  const { run, name } = fn;
  const fail = (error: unknown) => wasi.failed(name, error);
  const call = plain(wasi, fn.parameters.length, run, fail);
  const checked: GuestFunction = fn.suspends
    ? (...args) => {
      const result = call(...args);
      return result instanceof Promise ? result.catch(fail) : result;
    }
    : call;
  return wasi.context.trace ? traced(wasi, fn, checked, wasi.context.trace) : checked;
}

/** One function for each number of parameters: a rest parameter would make an array for every call. */
function plain(
  w: Wasi,
  parameters: number,
  run: WasiFunction["run"],
  fail: (error: unknown) => number,
): GuestFunction {
  switch (parameters) {
    case 0:
      return () => {
        try {
          return run(w);
        } catch (error) {
          return fail(error);
        }
      };
    case 1:
      return (a) => {
        try {
          return run(w, a);
        } catch (error) {
          return fail(error);
        }
      };
    case 2:
      return (a, b) => {
        try {
          return run(w, a, b);
        } catch (error) {
          return fail(error);
        }
      };
    case 3:
      return (a, b, c) => {
        try {
          return run(w, a, b, c);
        } catch (error) {
          return fail(error);
        }
      };
    case 4:
      return (a, b, c, d) => {
        try {
          return run(w, a, b, c, d);
        } catch (error) {
          return fail(error);
        }
      };
    case 5:
      return (a, b, c, d, e) => {
        try {
          return run(w, a, b, c, d, e);
        } catch (error) {
          return fail(error);
        }
      };
    default:
      return (a, b, c, d, e, f, g, h, i) => {
        try {
          return run(w, a, b, c, d, e, f, g, h, i);
        } catch (error) {
          return fail(error);
        }
      };
  }
}
