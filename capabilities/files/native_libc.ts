/**
 * The C library's `*at` functions through FFI, for the backend that an operator may choose: everything is done relative
 * to open directories, so no other program can swap a part of a path between a look and its use.
 * Linux with glibc, x86-64 and aarch64.
 */
import { CapabilityError } from "../error.ts";
import { fromErrno } from "./native_errno.ts";

/** Where glibc is on the systems that Deno runs on; the worker is allowed the one that exists. */
const LIBC_PATHS = [
  "/lib/x86_64-linux-gnu/libc.so.6",
  "/lib/aarch64-linux-gnu/libc.so.6",
  "/lib64/libc.so.6",
  "/usr/lib/libc.so.6",
];

/** The C library's file, for the permission plan; `undefined` where there is none to be used. */
export function libcPath(): string | undefined {
  if (Deno.build.os !== "linux") return undefined;
  return LIBC_PATHS.find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}

const SYMBOLS = {
  __errno_location: { parameters: [], result: "pointer" },
  close: { parameters: ["i32"], result: "i32" },
  fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" },
  fdatasync: { parameters: ["i32"], result: "i32" },
  fsync: { parameters: ["i32"], result: "i32" },
  ftruncate: { parameters: ["i32", "i64"], result: "i32" },
  futimens: { parameters: ["i32", "buffer"], result: "i32" },
  getdents64: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  linkat: { parameters: ["i32", "buffer", "i32", "buffer", "i32"], result: "i32" },
  lseek: { parameters: ["i32", "i64", "i32"], result: "i64" },
  memcpy: { parameters: ["buffer", "pointer", "usize"], result: "pointer" },
  mkdirat: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  openat: { parameters: ["i32", "buffer", "i32", "u32"], result: "i32" },
  pread: { parameters: ["i32", "buffer", "usize", "i64"], result: "isize" },
  pwrite: { parameters: ["i32", "buffer", "usize", "i64"], result: "isize" },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  readlinkat: { parameters: ["i32", "buffer", "buffer", "usize"], result: "isize" },
  renameat: { parameters: ["i32", "buffer", "i32", "buffer"], result: "i32" },
  statx: { parameters: ["i32", "buffer", "i32", "u32", "buffer"], result: "i32" },
  symlinkat: { parameters: ["buffer", "i32", "buffer"], result: "i32" },
  syscall: { parameters: ["i64", "i64", "buffer", "buffer", "usize"], result: "i64" },
  unlinkat: { parameters: ["i32", "buffer", "i32"], result: "i32" },
  utimensat: { parameters: ["i32", "buffer", "buffer", "i32"], result: "i32" },
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
} as const;

const EINTR = 4;
const NAME_BYTES = 4097 * 3;
const encoder = new TextEncoder();

/** The library, opened for one tree, with buffers for what its functions take. */
export class Libc {
  readonly #library: Deno.DynamicLibrary<typeof SYMBOLS>;
  /** The functions. */
  readonly call: Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];
  readonly #errnoAt: Deno.PointerObject;
  readonly #errno = new Int32Array(1);
  readonly #names = [new Uint8Array(NAME_BYTES), new Uint8Array(NAME_BYTES)] as const;

  constructor() {
    const library = openFirst();
    if (library === undefined) {
      throw new CapabilityError("notsup", "native files need Linux with glibc, and ffi allowed");
    }
    this.#library = library;
    this.call = library.symbols;
    const location = library.symbols.__errno_location();
    if (location === null) throw new CapabilityError("io", "the C library has no errno");
    // The address belongs to this thread, which is the worker's only one.
    this.#errnoAt = location;
  }

  /** A name with a NUL behind it, valid until the next one in the same place. */
  name(text: string, place: 0 | 1 = 0): Uint8Array<ArrayBuffer> {
    const buffer = this.#names[place];
    // Nearly all names are short ASCII, for which a loop is several times faster than the encoder.
    let at = 0;
    for (; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      if (unit >= 0x80) break;
      buffer[at] = unit;
    }
    const end = at === text.length
      ? at
      : encoder.encodeInto(text, buffer.subarray(0, NAME_BYTES - 1)).written;
    buffer[end] = 0;
    return buffer;
  }

  /** What failed last, as the capability's error. Read at once: nothing may be called in between. */
  error(): CapabilityError {
    return fromErrno(this.#readErrno());
  }

  /** Copied by the library itself: Deno lets only a worker without scoped permissions look at a pointer. */
  #readErrno(): number {
    this.#library.symbols.memcpy(this.#errno, this.#errnoAt, 4n);
    return this.#errno[0] ?? 0;
  }

  /** The result of a call that gives -1 for an error; repeated when a signal broke it off. */
  run(step: () => number | bigint): number {
    for (;;) {
      const result = Number(step());
      if (result >= 0) return result;
      this.again();
    }
  }

  /** After a call that gave -1: returns when a signal broke it off, and throws what failed otherwise. */
  again(): void {
    if (this.#readErrno() !== EINTR) throw this.error();
  }

  /** The same, with `undefined` where nothing has the name. */
  find(step: () => number): number | undefined {
    const result = step();
    if (result >= 0) return result;
    const error = this.error();
    if (error.code === "noent") return undefined;
    throw error;
  }

  close(): void {
    this.#library.close();
  }
}

function openFirst(): Deno.DynamicLibrary<typeof SYMBOLS> | undefined {
  for (const path of LIBC_PATHS) {
    try {
      return Deno.dlopen(path, SYMBOLS);
    } catch {
      // not there, or not allowed: the next one
    }
  }
  return undefined;
}
