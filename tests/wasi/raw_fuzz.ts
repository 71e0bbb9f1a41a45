/**
 * Calls host functions with random pointers, lengths, descriptors and paths:
 * `raw_fuzz.ts [--seconds 60] [--seed N] [--native]`. Ends with an error at the first escape, uncaught exception, unknown errno, host
 * bug, hang, or growth; the seed that it prints repeats a run.
 */
import process from "node:process";
import { join } from "@std/path";
import type { AbiInstance, GuestContext, HostParameter } from "../../abi/abi.ts";
import { GuestExit } from "../../abi/exit.ts";
import { ABI_LIMITS } from "../../abi/limits.ts";
import { Errno, errnoName } from "../../abi/wasi_preview1/errno.ts";
import { WASI_FUNCTIONS, WASI_PREVIEW1 } from "../../abi/wasi_preview1/mod.ts";
import { limitDefaults } from "../../capabilities/limit.ts";
import { CAPABILITY_LIMITS } from "../../capabilities/limits.ts";
import { closeCapabilities } from "../../capabilities/open.ts";
import { openCapabilities } from "../../capabilities/open_all.ts";
import { seeded } from "../../capabilities/seeded.ts";

/** CPU time of this process. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** What a run did. */
export interface FuzzReport {
  readonly seed: number;
  readonly calls: number;
  /** How often each errno came out. */
  readonly errnos: ReadonlyMap<number, number>;
}

const SECRET = "TOP-SECRET-CANARY";
const KNOWN: ReadonlySet<number> = new Set<number>(Object.values(Errno));
const SELDOM = /^(sock_|proc_|fd_close|fd_renumber|fd_fdstat_set_rights|args_|environ_)/;
/** Of CPU time: a process that was stopped for a while has not hung. */
const CALL_MAX_MS = 10_000;
const WAIT_MAX_MS = 20;
const DESCRIPTORS_MAX = 700;
const MEMORY_PAGES = 4;
const MEMORY_BYTES = MEMORY_PAGES * 65_536;

const NAMES = ["a", "b", "d", "e", "l", "out", "sec", "up", "abs", "loop", "fifo", "n".repeat(255), "ä"];
const TAILS = ["", "/", "//", "/.", "/..", "/../..", "\0", "/secret", "/../outside/secret"];
const WHOLE = [
  "",
  ".",
  "..",
  "/",
  "/etc/passwd",
  "../outside/secret",
  "../outside",
  "../work",
  "x/".repeat(3000),
];

class Fuzzer {
  readonly #next: () => number;
  readonly #base = Deno.realPathSync(Deno.makeTempDirSync());
  readonly #errors: string[] = [];
  readonly #memory = new WebAssembly.Memory({ initial: MEMORY_PAGES, maximum: MEMORY_PAGES });
  readonly #capabilities;
  readonly #context: GuestContext;
  readonly errnos = new Map<number, number>();
  #instance: AbiInstance;
  #last = "";
  calls = 0;

  constructor(seed: number, native: boolean) {
    const number = seeded(seed);
    this.#next = () => number(2 ** 32) / 2 ** 32;
    this.#populate();
    const limits = {
      ...limitDefaults(CAPABILITY_LIMITS),
      ...limitDefaults(ABI_LIMITS),
      privateFilesMaxBytes: 1 << 20,
      scratchMaxBytes: 1 << 20,
      filesEntriesMaxCount: 200,
    };
    const place = {
      privateFolder: join(this.#base, "private"),
      storageFile: "",
      assetsFolder: join(this.#base, "work"),
    };
    const work = join(this.#base, "work");
    const grants = {
      files: {
        mounts: [{ guest: "/rw", host: work, access: "read-write" }, {
          guest: "/ro",
          host: work,
          access: "read",
        }],
        private: "/p",
        scratch: { guest: "/s", perRequest: true },
        assets: "/assets",
        native,
      },
      clock: { wall: true, monotonic: true, resolutionNs: 1 },
      random: true,
      env: true,
      stdio: true,
    };
    this.#capabilities = openCapabilities(grants, { place, limits, config: { K: "v" }, log() {} });
    this.#context = {
      capabilities: this.#capabilities,
      limits,
      service: {} as never, // nothing here looks at it
      denied() {},
      log: (_level, message, fields) => this.#errors.push(`${message} ${fields?.detail ?? ""}`),
      trace: undefined,
    };
    this.#instance = this.#open();
  }

  #populate(): void {
    for (const folder of ["work/d/e", "outside/d", "private"]) {
      Deno.mkdirSync(join(this.#base, folder), { recursive: true });
    }
    Deno.writeTextFileSync(join(this.#base, "outside/secret"), SECRET);
    const work = join(this.#base, "work");
    Deno.writeTextFileSync(join(work, "a"), "a".repeat(5000));
    const links = {
      l: "a",
      out: "../outside",
      sec: "../outside/secret",
      up: "..",
      abs: this.#base,
      loop: "loop",
    };
    for (const [name, text] of Object.entries(links)) Deno.symlinkSync(text, join(work, name));
    new Deno.Command("mkfifo", { args: [join(work, "fifo")] }).outputSync();
  }

  #open(): AbiInstance {
    const instance = WASI_PREVIEW1.open(this.#context, { args: ["fuzz", "x"] });
    instance.bind({ memory: this.#memory });
    instance.snapshot();
    return instance;
  }

  #below(limit: number): number {
    return Math.floor(this.#next() * limit);
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#below(list.length)] as T; // below its length
  }

  #pointer(): number {
    const kind = this.#next();
    if (kind < 0.85) return this.#below(MEMORY_BYTES - 70_000);
    if (kind < 0.93) return MEMORY_BYTES - this.#below(100);
    return this.#pick([-1, -8, 0, 0x7fffffff, -0x80000000, this.#below(2 ** 32) | 0]);
  }

  #length(): number {
    const kind = this.#next();
    if (kind < 0.7) return this.#below(300);
    if (kind < 0.9) return this.#below(70_000);
    return this.#pick([-1, 0, 0x7fffffff, -0x80000000, 0x40000000, this.#below(2 ** 32) | 0]);
  }

  #wide(): bigint {
    const kind = this.#next();
    if (kind < 0.6) return BigInt(this.#below(10_000));
    const special = [0n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n, 2n ** 32n, 1n << 40n];
    return kind < 0.9
      ? this.#pick(special)
      : BigInt.asIntN(64, BigInt(this.#below(2 ** 32)) << BigInt(this.#below(40)));
  }

  #path(): string {
    const kind = this.#next();
    if (kind < 0.15) return this.#pick(WHOLE);
    const parts = Array.from(
      { length: 1 + this.#below(3) },
      () => this.#next() < 0.15 ? ".." : this.#pick(NAMES),
    );
    return parts.join("/") + (this.#next() < 0.3 ? this.#pick(TAILS) : "");
  }

  /** The value of a parameter; a path also decides the length that follows it. */
  #value({ kind, type }: HostParameter, before: { pathBytes: number | undefined }): number | bigint {
    if (type === "i64") {
      return kind === "rights" ? this.#pick([0n, -1n, 2n, 64n, 66n, this.#wide()]) : this.#wide();
    }
    if (kind === "len" && before.pathBytes !== undefined) {
      const bytes = before.pathBytes;
      before.pathBytes = undefined;
      return this.#next() < 0.95 ? bytes : this.#length();
    }
    switch (kind) {
      case "fd":
        return this.#next() < 0.9
          ? this.#below(14)
          : this.#pick([-1, 255, 256, 1 << 30, this.#below(2 ** 32) | 0]);
      case "path": {
        const at = this.#below(MEMORY_BYTES - 10_000);
        const { written } = new TextEncoder().encodeInto(
          this.#path(),
          new Uint8Array(this.#memory.buffer, at),
        );
        before.pathBytes = written;
        return this.#next() < 0.97 ? at : this.#pointer();
      }
      case "ptr":
      case "out":
        return this.#pointer();
      case "len":
        return this.#length();
      case "count":
        return this.#next() < 0.8 ? this.#below(6) : this.#length();
      case "id":
        return this.#next() < 0.8 ? this.#below(5) : this.#below(2 ** 32) | 0;
      case "flags":
        return this.#next() < 0.7 ? this.#below(16) & this.#below(16) : this.#below(2 ** 32) | 0;
      default:
        return this.#below(200);
    }
  }

  /** Puts buffers that make sense where lists of buffers are looked for, now and then. */
  #seedMemory(): void {
    const view = new DataView(this.#memory.buffer);
    const at = this.#below(MEMORY_BYTES - 64);
    for (let index = 0; index < 4; index++) {
      view.setUint32(at + index * 8, this.#pointer(), true);
      view.setUint32(at + index * 8 + 4, this.#next() < 0.9 ? this.#below(2000) : this.#length(), true);
    }
  }

  async step(): Promise<void> {
    if (this.#next() < 0.2) this.#seedMemory();
    let fn = this.#pick(WASI_FUNCTIONS);
    // What ends descriptors or has nothing to say is tried less often, so that the rest finds something open.
    while (SELDOM.test(fn.name) && this.#next() < 0.9) fn = this.#pick(WASI_FUNCTIONS);
    const before: { pathBytes: number | undefined } = { pathBytes: undefined };
    const args = fn.parameters.map((parameter) => this.#value(parameter, before));
    this.#last = `${fn.name}(${args.join(", ")})`;
    const call = this.#instance.imports[fn.module]?.[fn.name];
    if (call === undefined) throw new Error(`${fn.name} is not imported`);
    const start = cpuMs();
    let errno: unknown;
    try {
      errno = call(...args);
      if (errno instanceof Promise) errno = await this.#waited(errno);
    } catch (error) {
      if (!(error instanceof GuestExit)) throw error;
      errno = 0;
    }
    const ms = cpuMs() - start;
    if (ms > CALL_MAX_MS) throw new Error(`took ${ms} ms`);
    if (typeof errno !== "number" || !KNOWN.has(errno)) throw new Error(`answered ${errno}`);
    if (errno !== 0 && !(errnoName(errno) in fn.errors)) {
      throw new Error(`answered ${errnoName(errno)}, which its record does not name`);
    }
    if (this.#errors.length > 0) throw new Error(`the host failed: ${this.#errors[0]}`);
    this.errnos.set(errno, (this.errnos.get(errno) ?? 0) + 1);
    this.calls++;
  }

  /** A wait is ended by putting the instance back, as when a request is given up. */
  async #waited(waiting: Promise<unknown>): Promise<unknown> {
    const timer = setTimeout(() => this.#instance.restore(), WAIT_MAX_MS);
    const errno = await waiting;
    clearTimeout(timer);
    return errno;
  }

  /** Looks at the world and begins again. */
  check(): void {
    if (this.#next() < 0.5) this.#instance.restore();
    else {
      this.#instance.close();
      this.#instance = this.#open();
    }
    const outside = [...Deno.readDirSync(join(this.#base, "outside"))].map(({ name }) => name).sort().join();
    if (outside !== "d,secret") throw new Error(`outside there are: ${outside}`);
    const above = [...Deno.readDirSync(this.#base)].map(({ name }) => name).sort().join();
    if (above !== "outside,private,work") throw new Error(`beside the mounts there are: ${above}`);
    if (Deno.readTextFileSync(join(this.#base, "outside/secret")) !== SECRET) {
      throw new Error("the secret was changed");
    }
    const text = new TextDecoder("latin1").decode(this.#memory.buffer);
    if (text.includes(SECRET)) throw new Error("the secret is in memory");
    const open = [...Deno.readDirSync("/proc/self/fd")].length;
    if (open > DESCRIPTORS_MAX) throw new Error(`${open} descriptors are open`);
    if (this.#memory.buffer.byteLength !== MEMORY_BYTES) throw new Error("memory grew");
  }

  failed(error: unknown, seed: number): Error {
    return new Error(
      `seed ${seed}, call ${this.calls}: ${this.#last}: ${error instanceof Error ? error.message : error}`,
      {
        cause: error,
      },
    );
  }

  close(): void {
    this.#instance.close();
    closeCapabilities(this.#capabilities);
    Deno.removeSync(this.#base, { recursive: true });
  }
}

const CALLS_BETWEEN_CHECKS = 500;

/** Fuzzes until a number of calls, or a time. */
export async function fuzz(
  seed: number,
  maxCalls: number,
  maxMs: number,
  native = false,
): Promise<FuzzReport> {
  const fuzzer = new Fuzzer(seed, native);
  const end = performance.now() + maxMs;
  try {
    while (fuzzer.calls < maxCalls && performance.now() < end) {
      for (let i = 0; i < CALLS_BETWEEN_CHECKS; i++) await fuzzer.step();
      fuzzer.check();
    }
  } catch (error) {
    throw fuzzer.failed(error, seed);
  } finally {
    fuzzer.close();
  }
  return { seed, calls: fuzzer.calls, errnos: fuzzer.errnos };
}

/** How much memory the process may have gained by the end of a long run. */
const GROWTH_MAX_BYTES = 200 << 20;
const ROUND_CALLS = 100_000;

async function main(): Promise<void> {
  const option = (name: string) => Deno.args[Deno.args.indexOf(name) + 1];
  const seconds = Deno.args.includes("--seconds") ? Number(option("--seconds")) : 60;
  let seed = Deno.args.includes("--seed")
    ? Number(option("--seed"))
    : crypto.getRandomValues(new Uint32Array(1))[0] ?? 1;
  const end = performance.now() + seconds * 1000;
  const native = Deno.args.includes("--native");
  let calls = 0;
  let settled = 0;
  while (performance.now() < end) {
    const report = await fuzz(seed, ROUND_CALLS, end - performance.now(), native);
    calls += report.calls;
    const { rss } = Deno.memoryUsage();
    if (settled === 0) settled = rss;
    console.log(
      `seed ${seed}: ${report.calls} calls, ${report.errnos.size} kinds of answers, rss ${rss >> 20} MiB`,
    );
    if (rss - settled > GROWTH_MAX_BYTES) throw new Error(`rss grew from ${settled} to ${rss}`);
    seed = (seed + 1) >>> 0;
  }
  console.log(`${calls} calls without an escape, uncaught exception, hang or growth`);
}

if (import.meta.main) await main();
