/**
 * Cost of a host call, Berth beside other hosts, all through the same wasm module in one run:
 * `calls_bench.ts [FOLDER]`, where FOLDER holds `node_modules` with `@tybys/wasm-util` and `wasi-js`.
 */
import fs from "node:fs";
import { createRequire } from "node:module";
import process from "node:process";
import { WASI } from "node:wasi";
import { join } from "@std/path";
import { ABI_LIMITS } from "../../abi/limits.ts";
import { WASI_PREVIEW1 } from "../../abi/wasi_preview1/mod.ts";
import { limitDefaults } from "../../capabilities/limit.ts";
import { CAPABILITY_LIMITS } from "../../capabilities/limits.ts";
import { openCapabilities } from "../../capabilities/open_all.ts";
import { assemble } from "../guests/wat.ts";

const folder = Deno.realPathSync(Deno.makeTempDirSync());
Deno.mkdirSync(join(folder, "dir"));
Deno.mkdirSync(join(folder, "many"));
Deno.writeFileSync(join(folder, "dir/file"), new Uint8Array(1 << 20));
for (let i = 0; i < 1000; i++) Deno.writeTextFileSync(join(folder, `many/entry-${i}`), "");

const loop = (name: string, body: string) =>
  `(func (export "${name}") (param $n i32) (result i32) (local $e i32)
    (loop $l ${body} (local.set $n (i32.sub (local.get $n) (i32.const 1))) (br_if $l (local.get $n))) (local.get $e))`;
const note = (call: string) => `(local.set $e (i32.or (local.get $e) ${call}))`;
const open = (path: number, length: number, flags: number, rights: string, out: number) =>
  `(call $path_open (i32.const 3) (i32.const 0) (i32.const ${path}) (i32.const ${length}) (i32.const ${flags}) (i64.const ${rights}) (i64.const 0) (i32.const 0) (i32.const ${out}))`;
const file = "(i32.load (i32.const 512))";
const many = "(i32.load (i32.const 516))";
const io = (fn: string, list: number) =>
  note(`(call $${fn} ${file} (i32.const ${list}) (i32.const 1) (i64.const 0) (i32.const 600))`);
const seekAnd = (fn: string, list: number) =>
  note(`(call $fd_seek ${file} (i64.const 0) (i32.const 0) (i32.const 600))`) +
  note(`(call $${fn} ${file} (i32.const ${list}) (i32.const 1) (i32.const 600))`);

const SIGNATURES: Readonly<Record<string, string>> = {
  path_filestat_get: "i32 i32 i32 i32 i32",
  path_open: "i32 i32 i32 i32 i32 i64 i64 i32 i32",
  fd_close: "i32",
  fd_filestat_get: "i32 i32",
  fd_seek: "i32 i64 i32 i32",
  fd_read: "i32 i32 i32 i32",
  fd_write: "i32 i32 i32 i32",
  fd_pread: "i32 i32 i32 i64 i32",
  fd_pwrite: "i32 i32 i32 i64 i32",
  fd_readdir: "i32 i32 i32 i64 i32",
  clock_time_get: "i32 i64 i32",
  random_get: "i32 i32",
  path_create_directory: "i32 i32 i32",
  path_remove_directory: "i32 i32 i32",
};

const RIGHTS_FILE = "0x8e001ff"; // what RIGHTS of a regular file there are
const folderCall = (fn: string) => note(`(call $${fn} (i32.const 3) (i32.const 96) (i32.const 6))`);
const list = `(call $fd_readdir ${many} (i32.const 4096) (i32.const 65536) (i64.const 0) (i32.const 600))`;
const changed = loop(
  "readdir 1000, changed",
  folderCall("path_create_directory") + note(list) + folderCall("path_remove_directory"),
);
const wasm = assemble(
  `(module
  ${
    Object.entries(SIGNATURES).map(([name, types]) =>
      `(import "wasi_snapshot_preview1" "${name}" (func $${name} (param ${types}) (result i32)))`
    ).join("\n")
  }
  (memory (export "memory") 4)
  (data (i32.const 64) "dir/file") (data (i32.const 80) "many")
  (data (i32.const 96) "many/x")
  (data (i32.const 128) "\\00\\10\\00\\00\\40\\00\\00\\00") (data (i32.const 136) "\\00\\10\\00\\00\\00\\00\\01\\00")
  (func (export "_initialize"))
  (func (export "prepare") (result i32)
    (i32.or ${open(64, 8, 0, RIGHTS_FILE, 512)} ${open(80, 4, 2, "0x4000", 516)}))
  ${
    loop(
      "stat dir/file",
      note(
        "(call $path_filestat_get (i32.const 3) (i32.const 1) (i32.const 64) (i32.const 8) (i32.const 1024))",
      ),
    )
  }
  ${loop("fstat", note(`(call $fd_filestat_get ${file} (i32.const 1024))`))}
  ${
    loop(
      "open+close dir/file",
      note(open(64, 8, 0, "0x2", 520)) + note("(call $fd_close (i32.load (i32.const 520)))"),
    )
  }
  ${loop("pread 64 B", io("fd_pread", 128))} ${loop("pread 64 KiB", io("fd_pread", 136))}
  ${loop("pwrite 64 B", io("fd_pwrite", 128))} ${loop("pwrite 64 KiB", io("fd_pwrite", 136))}
  ${loop("seek+read 64 B", seekAnd("fd_read", 128))} ${loop("seek+read 64 KiB", seekAnd("fd_read", 136))}
  ${loop("seek+write 64 B", seekAnd("fd_write", 128))} ${loop("seek+write 64 KiB", seekAnd("fd_write", 136))}
  ${
    loop(
      "readdir 1000",
      note(list),
    )
  }
  ${changed}
  ${loop("clock", note("(call $clock_time_get (i32.const 1) (i64.const 1) (i32.const 600))"))}
  ${loop("random 64 B", note("(call $random_get (i32.const 4096) (i32.const 64))"))}
)`,
  "calls.wat",
);
const module = new WebAssembly.Module(wasm);

/** How long a call runs before it is measured: until it has been compiled, on every host. */
const WARM_MS = 150;

type Instance = Readonly<Record<string, (n: number) => number>>;

/** Berth's own, through Deno's functions or through the C library. */
function berth(native: boolean): Promise<Instance> {
  const limits = { ...limitDefaults(CAPABILITY_LIMITS), ...limitDefaults(ABI_LIMITS) };
  const place = { privateFolder: "", storageFile: "", assetsFolder: null };
  const files = { mounts: [{ guest: "/", host: folder, access: "read-write" }], native };
  const grants = { files, clock: { wall: true, monotonic: true, resolutionNs: 1 }, random: true };
  const capabilities = openCapabilities(grants, { place, limits, config: {}, log() {} });
  const context = {
    capabilities,
    limits,
    service: {} as never,
    denied() {},
    log: console.error,
    trace: undefined,
  };
  const wasi = WASI_PREVIEW1.open(context, { args: [] });
  const instance = new WebAssembly.Instance(module, wasi.imports as WebAssembly.Imports);
  wasi.bind(instance.exports);
  return Promise.resolve(instance.exports as unknown as Instance);
}

/** Makes an instance on each host, or tells why not. */
const hosts: Readonly<Record<string, () => Promise<Instance>>> = {
  Berth: () => berth(false),
  "Berth native": () => berth(true),
  "node:wasi": () => {
    const wasi = new WASI({ version: "preview1", preopens: { "/": folder } });
    const instance = new WebAssembly.Instance(module, {
      wasi_snapshot_preview1: wasi.wasiImport as WebAssembly.ModuleImports,
    });
    wasi.initialize(instance);
    return Promise.resolve(instance.exports as unknown as Instance);
  },
  "@tybys/wasm-util": async () => {
    const { WASI: Tybys } = await other("@tybys/wasm-util/lib/mjs/index.mjs");
    const wasi = new (Tybys as new (options: unknown) => never as never as typeof WASI)(
      { version: "preview1", preopens: { "/": folder }, fs } as never,
    );
    const instance = new WebAssembly.Instance(module, {
      wasi_snapshot_preview1: wasi.wasiImport as WebAssembly.ModuleImports,
    });
    wasi.initialize(instance);
    return instance.exports as unknown as Instance;
  },
  "wasi-js": async () => {
    const loaded = await other("wasi-js/dist/index.js");
    const bindings = await other("wasi-js/dist/bindings/node.js");
    const Js = (loaded.default as { default?: unknown }).default ?? loaded.default;
    const node = (bindings.default as { default?: unknown }).default ?? bindings.default;
    const wasi = new (Js as new (options: unknown) => {
      wasiImport: WebAssembly.ModuleImports;
      setMemory(memory: unknown): void;
    })({ preopens: { "/": folder }, bindings: { ...(node as object), fs }, env: {}, args: [] });
    const instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: wasi.wasiImport });
    wasi.setMemory(instance.exports.memory);
    return instance.exports as unknown as Instance;
  },
};

/** A module of another host, from the folder that was named. */
async function other(path: string): Promise<Record<string, unknown>> {
  const full = join(Deno.args[0] ?? "", "node_modules", path);
  return path.endsWith(".cjs") || path.startsWith("wasi-js")
    ? { default: createRequire(full)(full) }
    : await import(full);
}

/** Microseconds a call: warm, and the best of several rounds, since the machine is shared. */
function measure(run: (n: number) => number): string {
  let best = Infinity;
  let count = 16;
  const wrong = run(1);
  if (wrong !== 0) return `errno ${wrong}`;
  for (const warmUntil = performance.now() + WARM_MS; performance.now() < warmUntil;) run(count);
  for (let round = 0; round < 10; round++) {
    const start = performance.now();
    run(count);
    const ms = performance.now() - start;
    best = Math.min(best, ms * 1000 / count);
    if (ms < 20) count *= 2;
  }
  return best.toFixed(2);
}

const names = Object.keys(hosts);
const instances = new Map<string, Instance>();
for (const name of names) {
  try {
    const instance = await hosts[name]!();
    const failed = instance.prepare!(0);
    if (failed !== 0) throw new Error(`prepare gave errno ${failed}`);
    instances.set(name, instance);
  } catch (error) {
    console.log(`${name}: ${error}`);
  }
}
const benches = WebAssembly.Module.exports(module).map(({ name }) => name)
  .filter((name) => !["memory", "_initialize", "prepare"].includes(name));
const row = (first: string, cells: string[]) =>
  first.padEnd(22) + cells.map((cell) => cell.padStart(18)).join("");
console.log(`microseconds a call, Deno ${Deno.version.deno} on ${process.arch}`);
console.log(row("", [...instances.keys()]));
for (const bench of benches) {
  const cells = [...instances.values()].map((instance) => measure(instance[bench]!));
  console.log(row(bench, cells));
}
Deno.removeSync(folder, { recursive: true });
