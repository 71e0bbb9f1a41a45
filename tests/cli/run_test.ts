/** `berth run` as a shell sees it: options, arguments, exit codes, streams. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { assemble } from "../guests/wat.ts";

const WASI = "wasi_snapshot_preview1";

/** Exits with arguments + 10 × variables + 100 when it has a folder; traps with more than five arguments. */
const COUNTING = assemble(`(module
  (import "${WASI}" "args_sizes_get" (func $args (param i32 i32) (result i32)))
  (import "${WASI}" "environ_sizes_get" (func $environ (param i32 i32) (result i32)))
  (import "${WASI}" "fd_prestat_get" (func $prestat (param i32 i32) (result i32)))
  (import "${WASI}" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func $fall_down (unreachable))
  (func (export "_start")
    (drop (call $args (i32.const 0) (i32.const 4)))
    (drop (call $environ (i32.const 8) (i32.const 12)))
    (if (i32.gt_u (i32.load (i32.const 0)) (i32.const 5)) (then (call $fall_down)))
    (call $exit (i32.add (i32.load (i32.const 0))
      (i32.add (i32.mul (i32.load (i32.const 8)) (i32.const 10))
        (i32.mul (i32.eqz (call $prestat (i32.const 3) (i32.const 16))) (i32.const 100)))))))`);

/** Copies standard input to standard output, byte for byte. */
const COPYING = assemble(`(module
  (import "${WASI}" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "${WASI}" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    (loop $more
      (i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (i32.const 4096))
      (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
      (if (i32.load (i32.const 8)) (then
        (i32.store (i32.const 4) (i32.load (i32.const 8)))
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
        (br $more))))))`);

const CLI = new URL("../../cli.ts", import.meta.url).pathname;
const CONFIG = new URL("../../deno.json", import.meta.url).pathname;

async function run(module: Uint8Array, args: string[], input = new Uint8Array(0)) {
  const folder = await Deno.makeTempDir({ prefix: "berth-run-" });
  await Deno.writeFile(`${folder}/m.wasm`, module);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--quiet", "--config", CONFIG, CLI, "run", "m.wasm", ...args],
    cwd: folder,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(input);
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  await Deno.remove(folder, { recursive: true });
  return { code, stdout, stderr: new TextDecoder().decode(stderr) };
}

Deno.test("its options come before --, the program's after it; its exit code is the program's", async () => {
  assertEquals((await run(COUNTING, [])).code, 1);
  assertEquals((await run(COUNTING, ["--", "a", "--env"])).code, 3);
  assertEquals(
    (await run(COUNTING, ["--dir", ".::/d", "--env", "K=V", "--env", "L=W", "--", "x"])).code,
    122,
  );
});

Deno.test("a trap is exit code 134 with a backtrace that names the function", async () => {
  const { code, stderr } = await run(COUNTING, ["--", "1", "2", "3", "4", "5"]);
  assertEquals(code, 134);
  assertStringIncludes(stderr, "unreachable");
  assertStringIncludes(stderr, "fall_down");
});

Deno.test("standard input and output go through byte for byte", async () => {
  const input = new Uint8Array(100_000).map((_, at) => at * 31);
  const { code, stdout } = await run(COPYING, [], input);
  assertEquals(code, 0);
  assertEquals(stdout, input);
});
