/** One instance's host side: the clean state, waits, records. */
import { assertEquals } from "@std/assert";
import type { AbiInstance, GuestContext } from "../../abi/abi.ts";
import { ABI_LIMITS } from "../../abi/limits.ts";
import { errnoName } from "../../abi/wasi_preview1/errno.ts";
import { fileTypeOf } from "../../abi/wasi_preview1/layout.ts";
import { WASI_FUNCTIONS, WASI_PREVIEW1 } from "../../abi/wasi_preview1/mod.ts";
import type { FileKind } from "../../capabilities/files/files.ts";
import { KIND_NUMBERS } from "../../capabilities/files/listing.ts";
import { limitDefaults } from "../../capabilities/limit.ts";
import { CAPABILITY_LIMITS } from "../../capabilities/limits.ts";
import { openCapabilities } from "../../capabilities/open_all.ts";

function open(grants: Record<string, unknown>) {
  const denied: string[] = [];
  const limits = { ...limitDefaults(CAPABILITY_LIMITS), ...limitDefaults(ABI_LIMITS) };
  const place = { privateFolder: "", storageFile: "", assetsFolder: null };
  const context: GuestContext = {
    capabilities: openCapabilities(grants, { place, limits, config: {}, log() {} }),
    limits,
    service: {} as never, // nothing here looks at it
    denied: (capability, attempt, line) => denied.push(`${capability} | ${attempt} | ${line}`),
    log() {},
    trace: undefined,
  };
  const instance = WASI_PREVIEW1.open(context, { args: [] });
  const memory = new WebAssembly.Memory({ initial: 1 });
  instance.bind({ memory });
  return { instance, memory, denied };
}

function call(instance: AbiInstance, name: string, ...args: (number | bigint)[]): unknown {
  const result = instance.imports.wasi_snapshot_preview1?.[name]?.(...args);
  return typeof result === "number" ? errnoName(result) : result;
}

function put(memory: WebAssembly.Memory, at: number, text: string): number {
  return new TextEncoder().encodeInto(text, new Uint8Array(memory.buffer, at)).written;
}

const SCRATCH = { files: { mounts: [], scratch: { guest: "/s", perRequest: true } } };

Deno.test("instance: restore closes what was opened, brings back what was closed, and keeps what was written clean", () => {
  const { instance, memory } = open(SCRATCH);
  const view = new DataView(memory.buffer);
  const length = put(memory, 0, "kept");
  assertEquals(call(instance, "path_open", 3, 0, 0, length, 1, 0n, 0n, 0, 100), "SUCCESS");
  assertEquals(view.getUint32(100, true), 4);
  instance.snapshot();

  assertEquals(call(instance, "fd_seek", 4, 77n, 0, 200), "SUCCESS");
  assertEquals(call(instance, "fd_filestat_set_size", 4, 500n), "SUCCESS");
  assertEquals(call(instance, "fd_fdstat_set_rights", 4, 2n, 0n), "SUCCESS");
  put(memory, 0, "temp");
  assertEquals(call(instance, "path_open", 3, 0, 0, 4, 1, 0n, 0n, 0, 100), "SUCCESS");
  assertEquals(call(instance, "fd_renumber", 5, 4), "SUCCESS");
  assertEquals(call(instance, "fd_close", 3), "SUCCESS");
  instance.restore();

  assertEquals(call(instance, "fd_tell", 4, 200), "SUCCESS");
  assertEquals(view.getBigUint64(200, true), 0n);
  assertEquals(call(instance, "fd_filestat_get", 4, 200), "SUCCESS");
  assertEquals(view.getBigUint64(232, true), 0n);
  assertEquals(call(instance, "fd_filestat_get", 5, 200), "BADF");
  assertEquals(call(instance, "path_filestat_get", 3, 0, 0, 4, 300), "NOENT");
  instance.close();
  assertEquals(call(instance, "fd_tell", 4, 200), "BADF");
});

Deno.test("instance: a wait ends when the instance is put back, and writes nothing then", async () => {
  const { instance, memory } = open({ clock: { wall: true, monotonic: true, resolutionNs: 1 } });
  const view = new DataView(memory.buffer);
  instance.snapshot();
  view.setUint32(16, 1, true);
  view.setBigUint64(24, 2n ** 63n, true);
  const waiting = call(instance, "poll_oneoff", 0, 100, 1, 200) as Promise<number>;
  assertEquals(waiting instanceof Promise, true);
  view.setUint32(200, 0xdead, true);
  instance.restore();
  assertEquals(errnoName(await waiting), "CANCELED");
  assertEquals(view.getUint32(200, true), 0xdead);
});

Deno.test("instance: a poll that has its answer at once does not wait", () => {
  const { instance } = open({ clock: { wall: true, monotonic: true, resolutionNs: 1 } });
  assertEquals(call(instance, "poll_oneoff", 0, 100, 1, 200), "SUCCESS");
});

Deno.test("instance: what is not granted is noted with the manifest line that would allow it", () => {
  const { instance, denied } = open({});
  assertEquals(call(instance, "clock_time_get", 0, 1n, 0), "NOTCAPABLE");
  assertEquals(call(instance, "random_get", 0, 8), "NOTCAPABLE");
  assertEquals(call(instance, "fd_write", 1, 0, 0, 0), "BADF");
  assertEquals(call(instance, "path_unlink_file", 3, 0, 1), "BADF");
  assertEquals(denied.map((line) => line.split(" | ")[2]), [
    '"clock": true',
    '"random": true',
    '"stdio": true',
    '"files": {"mounts": […]}',
  ]);
});

Deno.test("instance: calls before the memory is known fault", () => {
  const { instance } = open({});
  instance.bind({});
  const fresh = WASI_PREVIEW1.open(
    {
      ...({} as GuestContext),
      capabilities: {},
      limits: limitDefaults({ ...CAPABILITY_LIMITS, ...ABI_LIMITS }),
      trace: undefined,
    },
    { args: ["x"] },
  );
  assertEquals(call(fresh, "args_sizes_get", 0, 4), "FAULT");
});

Deno.test("records: all 46 functions, each with its parameters, summary and errors told", () => {
  assertEquals(WASI_FUNCTIONS.length, 46);
  for (const fn of WASI_FUNCTIONS) {
    assertEquals(fn.summary.endsWith("."), true, fn.name);
    assertEquals(fn.parameters.every(({ name, kind }) => name !== "" && kind !== ""), true, fn.name);
    const pointers = fn.parameters.some(({ kind }) => ["ptr", "out", "path"].includes(kind));
    if (pointers && !fn.name.startsWith("sock_")) assertEquals("FAULT" in fn.errors, true, fn.name);
    if (fn.parameters.some(({ kind }) => kind === "fd")) assertEquals("BADF" in fn.errors, true, fn.name);
  }
  assertEquals(WASI_FUNCTIONS.filter((fn) => fn.suspends).map((fn) => fn.name).sort(), [
    "path_symlink",
    "poll_oneoff",
  ]);
});

Deno.test("records: the kinds of a listing have the numbers of the specification", () => {
  for (const [kind, number] of Object.entries(KIND_NUMBERS)) {
    assertEquals(number, fileTypeOf(kind as FileKind), kind); // the table's own keys
  }
});

Deno.test("instance: a folder that another program removed answers with errors that its functions name", async () => {
  const host = await Deno.makeTempDir({ prefix: "berth-test-" });
  const { instance, memory } = open({ files: { mounts: [{ guest: "/d", host, access: "read-write" }] } });
  const length = put(memory, 0, "gone");
  assertEquals(call(instance, "path_create_directory", 3, 0, length), "SUCCESS");
  const [rights, directory] = [1n << 14n | 1n << 21n | 1n << 23n, 2]; // list, get facts, set times
  assertEquals(call(instance, "path_open", 3, 0, 0, length, directory, rights, 0n, 0, 100), "SUCCESS");
  const fd = new DataView(memory.buffer).getUint32(100, true);
  await Deno.remove(host, { recursive: true });
  const calls: readonly (readonly [string, ...(number | bigint)[]])[] = [
    ["fd_filestat_get", fd, 200],
    ["fd_filestat_set_times", fd, 0n, 0n, 2],
    ["fd_readdir", fd, 300, 100, 0n, 200],
  ];
  for (const [name, ...parameters] of calls) {
    const answered = String(call(instance, name, ...parameters));
    const named = Object.keys(WASI_FUNCTIONS.find((fn) => fn.name === name)?.errors ?? {});
    assertEquals(["SUCCESS", ...named].includes(answered), true, `${name} answered ${answered}`);
  }
  instance.close();
});
