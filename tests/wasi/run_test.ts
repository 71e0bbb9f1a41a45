/** `runCommand`, the engine of `berth run`. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { EXIT_BY_TRAP, runCommand, type RunOptions } from "../../runtime/run.ts";
import { compile } from "../guests/wasi/compile.ts";
import { assemble } from "../guests/wat.ts";

async function run(source: string, options: Partial<RunOptions> = {}) {
  const output = { stdout: "", stderr: "" };
  const sink = (stream: "stdout" | "stderr") => (bytes: Uint8Array) => {
    output[stream] += new TextDecoder("latin1").decode(bytes);
  };
  const code = await runCommand({
    module: compile(source, "run").wasm,
    args: ["prog"],
    env: {},
    dirs: [],
    stdin: null,
    stdout: sink("stdout"),
    stderr: sink("stderr"),
    ...options,
  });
  return { code, ...output };
}

Deno.test("run: exit codes, arguments and environment pass through", async () => {
  const source = `args_sizes_get @count @size -> SUCCESS
    check [@count] 3
    environ_get @env @buf -> SUCCESS
    same @buf "K=V"
    proc_exit 42`;
  assertEquals((await run(source, { args: ["p", "a", "b"], env: { K: "V" } })).code, 42);
});

Deno.test("run: output is exact to the byte and in order", async () => {
  const source = `fd_write 1 iov:"no line end \\x00\\xff" @n -> SUCCESS
    fd_write 2 iov:"err" @n -> SUCCESS
    fd_write 1 iov:"!" @n -> SUCCESS`;
  assertEquals(await run(source), { code: 0, stdout: "no line end \x00\xff!", stderr: "err" });
});

Deno.test("run: input arrives to its end, also when the guest polls for it", async () => {
  const stdin = ReadableStream.from([new TextEncoder().encode("hel"), new TextEncoder().encode("lo")]);
  const source = `store @in+8 1
    poll_oneoff @in @out 1 @n -> SUCCESS
    fd_read 0 iov:@buf*3 @n -> SUCCESS
    same @buf "hel"
    fd_read 0 iov:@more*9 @n -> SUCCESS
    same @more "lo"
    fd_read 0 iov:@more*9 @n -> SUCCESS
    check [@n] 0
    poll_oneoff @in @out 1 @n -> SUCCESS
    check [@out+24] 1`;
  assertEquals((await run(source, { stdin })).code, 0);
});

Deno.test("run: input that lies ready is seen by a poll that does not wait", async () => {
  const stdin = ReadableStream.from([new TextEncoder().encode("ready")]);
  const source = `store @in+8 1
    store @in+48 1
    store @in+64 1
    poll_oneoff @in*96 @out*64 2 @n -> SUCCESS
    check [@out+10] 1
    fd_read 0 iov:@buf*9 @n -> SUCCESS
    same @buf "ready"`;
  assertEquals((await run(source, { stdin })).code, 0);
});

Deno.test("run: a trap is 134, with the guest's frames on stderr", async () => {
  const { code, stderr } = await run("trap");
  assertEquals(code, EXIT_BY_TRAP);
  assertStringIncludes(stderr, "unreachable");
  assertStringIncludes(stderr, "wasm-function");
});

Deno.test("run: folders are reachable under their names, read-only where asked, and links can be made", async () => {
  const host = Deno.makeTempDirSync();
  const dirs = [
    { host, guest: ".", access: "read-write" as const },
    { host, guest: "/ro", access: "read" as const },
  ];
  const source = `fd_prestat_dir_name 3 @name 1 -> SUCCESS
    same @name "."
    path_open 3 0 "f" CREAT 0 0 0 @fd -> SUCCESS
    path_symlink "f" 3 "l" -> SUCCESS
    path_symlink "f" 3 "l" -> EXIST
    path_open 4 FOLLOW "l" 0 READ 0 0 @fd -> SUCCESS
    path_open 4 0 "g" CREAT 0 0 0 @fd -> PERM`;
  assertEquals((await run(source, { dirs })).code, 0);
  assertEquals(Deno.readLinkSync(`${host}/l`), "f");
  Deno.removeSync(host, { recursive: true });
});

Deno.test("run: memory is bounded, whatever the module declares or does not", async () => {
  // Grows by 1 MiB as often as it may, and exits with the number of MiB that it got, divided by 16.
  const growing = (memory: string) =>
    assemble(`(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
      (memory (export "memory") ${memory})
      (func (export "_start") (loop $more (br_if $more (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
        (call $exit (i32.div_u (memory.size) (i32.const 256)))))`);
  assertEquals((await run("trap", { module: growing("1") })).code, 63);
  assertEquals((await run("trap", { module: growing("1 65536") })).code, 63);
  assertEquals((await run("trap", { module: growing("1"), memoryMaxBytes: 33 << 20 })).code, 2);
  assertEquals((await run("trap", { module: growing("1 4") })).code, 0);
  await assertRejects(() => run("trap", { module: growing("17000") }), Error, "memory");
});

Deno.test("run: what cannot be run is an error, not an exit code", async () => {
  const unknown = assemble(`(module (import "env" "nothing" (func)) (func (export "_start")))`);
  await assertRejects(() => run("trap", { module: unknown }), Error, "env");
  await assertRejects(() => run("trap", { module: assemble("(module)") }), Error, "_start");
  await assertRejects(
    () => run("trap", { dirs: [{ host: "/none/such", guest: "/", access: "read" }] }),
    Error,
    "--dir",
  );
});

Deno.test("run: host calls are traced from their records", async () => {
  const lines: string[] = [];
  await run(`path_open 3 0 "a\\n" CREAT 0 0 0 @fd -> BADF\nfd_seek 9 -1 0 @n -> BADF\nproc_exit 0`, {
    trace: (line) => lines.push(line),
  });
  assertStringIncludes(lines[0] ?? "", `path_open(fd=3, dirflags=0x0, path="a\\n", path_len=2, oflags=0x1`);
  assertStringIncludes(lines[0] ?? "", "= BADF");
  assertStringIncludes(lines[1] ?? "", "offset=-1");
  assertEquals(lines[2], "proc_exit(rval=0)");
});
