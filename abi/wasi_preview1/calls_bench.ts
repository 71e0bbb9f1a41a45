/**
 * What a call of WASI costs against what it does in JavaScript, both called from the same wasm loop: `deno task micro`.
 * Beside other hosts: `tests/wasi/calls_bench.ts`.
 */
import fs from "node:fs";
import { CAPABILITY_LIMITS } from "../../capabilities/limits.ts";
import { limitDefaults } from "../../capabilities/limit.ts";
import { openCapabilities } from "../../capabilities/open_all.ts";
import { type MicroBench, type MicroGroup } from "../../tests/bench/micro/ratios.ts";
import { assemble } from "../../tests/guests/wat.ts";
import type { GuestContext } from "../abi.ts";
import { ABI_LIMITS } from "../limits.ts";
import { WASI_PREVIEW1 } from "./mod.ts";

const FILE_BYTES = 4096;

const SIGNATURES: Readonly<Record<string, string>> = {
  clock_time_get: "i32 i64 i32",
  random_get: "i32 i32",
  fd_pread: "i32 i32 i32 i64 i32",
  path_open: "i32 i32 i32 i32 i32 i64 i64 i32 i32",
  fd_close: "i32",
  path_filestat_get: "i32 i32 i32 i32 i32",
};

const loop = (name: string, body: string) =>
  `(func (export "${name}") (param $n i32)
  (loop $l ${body} (local.set $n (i32.sub (local.get $n) (i32.const 1))) (br_if $l (local.get $n))))`;
const OPEN = `(if (call $path_open (i32.const 3) (i32.const 0) (i32.const 64) (i32.const 4) (i32.const 0)
  (i64.const 0x8e001ff) (i64.const 0) (i32.const 0) (i32.const 512)) (then unreachable))`;

const MODULE = new WebAssembly.Module(assemble(`(module
  ${
  Object.entries(SIGNATURES).map(([name, types]) =>
    `(import "wasi_snapshot_preview1" "${name}" (func $${name} (param ${types}) (result i32)))`
  ).join("\n")
}
  (import "bare" "time" (func $time (result f64)))
  (import "bare" "random" (func $random))
  (import "bare" "read" (func $read))
  (import "bare" "open" (func $open))
  (import "bare" "stat" (func $stat))
  (memory (export "memory") 1)
  (data (i32.const 64) "file")
  (data (i32.const 128) "\\00\\10\\00\\00\\00\\10\\00\\00")
  (func (export "_initialize"))
  (func (export "prepare") ${OPEN})
  ${loop("bare time", "(drop (call $time))")}
  ${loop("bare random", "(call $random)")}
  ${loop("bare read", "(call $read)")}
  ${loop("bare open", "(call $open)")}
  ${loop("bare stat", "(call $stat)")}
  ${loop("clock_time_get", "(drop (call $clock_time_get (i32.const 1) (i64.const 1) (i32.const 600)))")}
  ${loop("random_get, 64 bytes", "(drop (call $random_get (i32.const 4096) (i32.const 64)))")}
  ${
  loop(
    "fd_pread, 4 KiB",
    `(if (call $fd_pread (i32.load (i32.const 512)) (i32.const 128) (i32.const 1) (i64.const 0) (i32.const 600))
      (then unreachable))`,
  )
}
  ${loop("path_open, fd_close", `${OPEN} (drop (call $fd_close (i32.load (i32.const 512))))`)}
  ${
  loop(
    "path_filestat_get",
    `(if (call $path_filestat_get (i32.const 3) (i32.const 0) (i32.const 64) (i32.const 4) (i32.const 600))
      (then unreachable))`,
  )
}
)`));

/** The least that does the same, on the same memory. */
function bareImports(folder: string, memory: () => WebAssembly.Memory): WebAssembly.ModuleImports {
  const path = `${folder}/file`;
  const fd = fs.openSync(path, "r");
  let bytes: Uint8Array = new Uint8Array(0);
  const of = () => bytes.length > 0 ? bytes : bytes = new Uint8Array(memory().buffer);
  return {
    time: () => performance.now(),
    random: () => void crypto.getRandomValues(of().subarray(4096, 4160)),
    read: () => void fs.readSync(fd, of(), 4096, FILE_BYTES, 0),
    open: () => fs.closeSync(fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW)),
    stat: () => void Deno.lstatSync(path),
  };
}

/** See {@link MicroGroup}. */
export function groups(): MicroGroup[] {
  const folder = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "berth-bench-" }));
  Deno.writeFileSync(`${folder}/file`, new Uint8Array(FILE_BYTES));
  const limits = { ...limitDefaults(CAPABILITY_LIMITS), ...limitDefaults(ABI_LIMITS) };
  const mounts = [{ guest: "/", host: folder, access: "read-write" }];
  const grants = {
    files: { mounts, native: false },
    clock: { wall: true, monotonic: true, resolutionNs: 1 },
    random: true,
  };
  const place = { privateFolder: "", storageFile: "", assetsFolder: null };
  const capabilities = openCapabilities(grants, { place, limits, config: {}, log() {} });
  const service = {} as GuestContext["service"]; // no call looks at it
  const wasi = WASI_PREVIEW1.open({
    capabilities,
    limits,
    service,
    denied() {},
    log: console.error,
    trace: undefined,
  }, { args: [] });
  const imports = wasi.imports as WebAssembly.Imports; // the ABI's own type says more
  const memory = (): WebAssembly.Memory => instance.exports.memory as WebAssembly.Memory;
  const instance: WebAssembly.Instance = new WebAssembly.Instance(MODULE, {
    ...imports,
    bare: bareImports(folder, memory),
  });
  const { exports } = instance;
  wasi.bind(exports);
  (exports.prepare as () => void)();
  const loopOf = (name: string): MicroBench => ({ name, run: exports[name] as (times: number) => void });
  const pair = (bare: string, call: string): MicroGroup => ({
    name: "WASI",
    reference: { ...loopOf(`bare ${bare}`), name: `${bare} in JavaScript` },
    benches: [loopOf(call)],
  });
  return [
    pair("time", "clock_time_get"),
    pair("random", "random_get, 64 bytes"),
    pair("read", "fd_pread, 4 KiB"),
    pair("open", "path_open, fd_close"),
    { ...pair("stat", "path_filestat_get"), close: () => Deno.removeSync(folder, { recursive: true }) },
  ];
}
