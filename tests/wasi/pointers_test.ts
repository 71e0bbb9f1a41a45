/** Every function with every pointer and length out of range, one at a time, on descriptors that are good for it. */
import { assertEquals } from "@std/assert";
import type { AbiInstance, GuestContext, HostParameter } from "../../abi/abi.ts";
import { ABI_LIMITS } from "../../abi/limits.ts";
import { Errno, errnoName } from "../../abi/wasi_preview1/errno.ts";
import { WASI_FUNCTIONS, WASI_PREVIEW1 } from "../../abi/wasi_preview1/mod.ts";
import { limitDefaults } from "../../capabilities/limit.ts";
import { CAPABILITY_LIMITS } from "../../capabilities/limits.ts";
import { openCapabilities } from "../../capabilities/open_all.ts";

const MEMORY_BYTES = 4 * 65_536;
const FOLDER = 3, FILE = 4;
const PATH_AT = 64, LIST_AT = 128, BUFFER_AT = 4096;
const BAD_POINTERS = [MEMORY_BYTES, MEMORY_BYTES - 1, 0x7fff_ffff, 0x8000_0000, 0xffff_fff8, 0xffff_ffff];
const BAD_LENGTHS = [MEMORY_BYTES, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];
const SENTINEL = 0xa5;

class Instance {
  readonly #memory = new WebAssembly.Memory({ initial: 4, maximum: 4 });
  readonly #wasi: AbiInstance;
  readonly logged: string[] = [];

  constructor() {
    const limits = { ...limitDefaults(CAPABILITY_LIMITS), ...limitDefaults(ABI_LIMITS) };
    const place = { privateFolder: "", storageFile: "", assetsFolder: null };
    const clock = { wall: true, monotonic: true, resolutionNs: 1 };
    const files = { mounts: [], scratch: { guest: "/x", perRequest: true } };
    const grants = { files, clock, random: true, env: true, stdio: true };
    const context: GuestContext = {
      capabilities: openCapabilities(grants, { place, limits, config: { K: "V" }, log() {} }),
      limits,
      service: {} as never, // nothing here looks at it
      denied() {},
      log: (_level, message) => this.logged.push(message),
      trace: undefined,
    };
    this.#wasi = WASI_PREVIEW1.open(context, { args: ["a"] });
    this.#wasi.bind({ memory: this.#memory });
    this.bytes.set(new TextEncoder().encode("f"), PATH_AT);
    new DataView(this.#memory.buffer).setUint32(LIST_AT, BUFFER_AT, true);
    new DataView(this.#memory.buffer).setUint32(LIST_AT + 4, 8, true);
    assertEquals(this.call("path_open", FOLDER, 0, PATH_AT, 1, 1, 0n, 0n, 0, 1024), "SUCCESS");
  }

  get bytes(): Uint8Array {
    return new Uint8Array(this.#memory.buffer);
  }

  call(name: string, ...args: (number | bigint)[]): string {
    const errno = this.#wasi.imports["wasi_snapshot_preview1"]?.[name]?.(...args);
    if (typeof errno !== "number") throw new Error(`${name} answered ${errno}`);
    return errnoName(errno);
  }

  close(): void {
    this.#wasi.close();
  }
}

/** A value with which the function gets as far as looking at its pointers. */
function good(name: string, { kind, type }: HostParameter, before: string | undefined): number | bigint {
  if (type === "i64") return 0n;
  if (kind === "fd") return /^path_|readdir|prestat/.test(name) ? FOLDER : FILE;
  if (kind === "path") return PATH_AT;
  if (kind === "ptr") return LIST_AT;
  if (kind === "out") return BUFFER_AT;
  if (kind === "len") return before === "path" ? 1 : 16;
  return kind === "count" ? 1 : 0;
}

const asI32 = (value: number) => value | 0;
const QUIET = /^(proc_|sched_|sock_|fd_close|fd_renumber)/;

Deno.test("a pointer or a length out of range is an errno of the record, for every one of every function", () => {
  let tried = 0;
  for (const fn of WASI_FUNCTIONS.filter(({ name }) => !QUIET.test(name))) {
    const base = fn.parameters.map((each, index) => good(fn.name, each, fn.parameters[index - 1]?.kind));
    fn.parameters.forEach(({ kind, name }, index) => {
      const isPointer = ["ptr", "out", "path"].includes(kind);
      if (!isPointer && kind !== "len" && kind !== "count") return;
      for (const bad of isPointer ? BAD_POINTERS : BAD_LENGTHS) {
        const instance = new Instance();
        const args = base.with(index, asI32(bad));
        const what = `${fn.name} ${name}=0x${bad.toString(16)}`;
        const before = instance.bytes.slice(0, 1024);
        instance.bytes.fill(SENTINEL, MEMORY_BYTES - 64);
        const errno = instance.call(fn.name, ...args);
        assertEquals(errno in Errno && errno !== "SUCCESS" && errno in fn.errors, true, `${what}: ${errno}`);
        assertEquals(instance.logged, [], what);
        assertEquals(instance.bytes.slice(0, 1024), before, `${what} wrote before it looked`);
        assertEquals(instance.bytes.subarray(-64).every((byte) => byte === SENTINEL), true, what);
        instance.close();
        tried++;
      }
    });
  }
  assertEquals(tried > 200, true, `only ${tried} were tried`);
});
