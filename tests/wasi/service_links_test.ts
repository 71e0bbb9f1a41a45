/** Symbolic links that a service makes: by its host, and only such as can never lead out. */
import { encode } from "@msgpack/msgpack";
import { assertEquals, assertThrows } from "@std/assert";
import { CapabilityError } from "../../capabilities/error.ts";
import { carryLink } from "../../runtime/links.ts";
import type { WorkerCall } from "../../runtime/worker/calls.ts";
import { ANSWER_AT, handler, reporter } from "../guests/wat.ts";
import { type TestHost, testHost } from "../host/harness.ts";

const SUCCESS = "00", EXIST = "20", NOENT = "44", NOTDIR = "54", PERM = "63", DQUOT = "19";

type Attempt = readonly [text: string, path: string];

/** Makes links one after the other, and answers with their errnos, two digits each. */
function linking(attempts: readonly Attempt[]): Uint8Array {
  const answer = "##".repeat(attempts.length);
  const sent = encode({
    jsonrpc: "2.0",
    id: 1,
    method: "response.send",
    params: [answer, { statusCode: 200 }],
  });
  const at = ANSWER_AT + sent.indexOf(0x23);
  const texts = attempts.map(([text, path], index) =>
    `(data (i32.const ${9000 + 200 * index}) "${text}") (data (i32.const ${9100 + 200 * index}) "${path}")`
  );
  const calls = attempts.map(([text, path], index) =>
    `(call $digits (i32.const ${at + 2 * index}) (call $symlink
      (i32.const ${9000 + 200 * index}) (i32.const ${text.length}) (i32.const 3)
      (i32.const ${9100 + 200 * index}) (i32.const ${path.length})))`
  );
  return handler({
    answer,
    imports: `(import "wasi_snapshot_preview1" "path_symlink"
      (func $symlink (param i32 i32 i32 i32 i32) (result i32)))`,
    fields: `${texts.join("\n")}
      (func $digits (param $at i32) (param $n i32)
        (i32.store8 (local.get $at) (i32.add (i32.const 48) (i32.div_u (local.get $n) (i32.const 10))))
        (i32.store8 offset=1 (local.get $at) (i32.add (i32.const 48) (i32.rem_u (local.get $n) (i32.const 10)))))`,
    body: `${calls.join("\n")} (call $send)`,
  });
}

/** Deploys such a service and gives the errnos. */
async function made(
  test: TestHost,
  capabilities: Record<string, unknown>,
  attempts: readonly Attempt[],
  manifest: Record<string, unknown> = {},
): Promise<string[]> {
  await test.deploy("linker", linking(attempts), { capabilities, ...manifest });
  return (await (await test.call("/api/linker")).text()).match(/../g) ?? [];
}

async function withFolder(body: (folder: string, outside: string) => Promise<void>): Promise<void> {
  const base = Deno.realPathSync(await Deno.makeTempDir());
  await Deno.mkdir(`${base}/mount/dir`, { recursive: true });
  await Deno.mkdir(`${base}/outside`);
  await Deno.writeTextFile(`${base}/mount/file`, "inside");
  await Deno.symlink("../outside", `${base}/mount/out`);
  await Deno.symlink("dir", `${base}/mount/alias`);
  try {
    await body(`${base}/mount`, `${base}/outside`);
  } finally {
    await Deno.remove(base, { recursive: true });
  }
}

Deno.test("a service makes links inside its mount, and none that could lead out", () =>
  withFolder(async (folder, outside) => {
    await using test = await testHost();
    const expected: readonly (readonly [...Attempt, errno: string])[] = [
      ["file", "link", SUCCESS],
      ["x/y", "dir/below", SUCCESS],
      ["x", "alias/through", SUCCESS], // a link inside leads to a folder inside
      ["file", "link", EXIST],
      ["file", "none/link", NOENT],
      ["file", "file/link", NOTDIR],
      ["../file", "dir/up", PERM], // moved to the top it would lead out
      ["/etc/passwd", "absolute", PERM],
      ["..", "parent", PERM],
      ["../outside", "upward", PERM],
      ["dir/../../outside", "around", PERM],
      ["file", "../beside", PERM],
      ["file", "/absolute", PERM],
      ["file", "out/through", PERM],
      ["file", "dir/../../outside/around", PERM],
    ];
    const attempts = expected.map(([text, path]) => [text, path] as const);
    const mounted = (access: string) => ({ files: { mounts: [{ guest: "/data", host: folder, access }] } });
    const errnos = await made(test, mounted("read-write"), attempts);
    assertEquals(errnos, expected.map(([, , errno]) => errno));
    assertEquals(await Deno.readTextFile(`${folder}/link`), "inside");
    assertEquals(await Deno.readLink(`${folder}/dir/through`), "x");
    assertEquals([...Deno.readDirSync(outside)], []);
    assertEquals(await made(test, mounted("read"), [["file", "second"]]), [PERM]);
  }));

Deno.test("links of a private folder count against its entries, and a refused one gives its entry back", async () => {
  await using test = await testHost();
  const attempts = [["x", "a"], ["..", "b"], ["x", "b"], ["x", "c"]] as const;
  const limits = { filesEntriesMaxCount: 2 };
  const errnos = await made(test, { files: { private: "/data" } }, attempts, { limits });
  assertEquals(errnos, [SUCCESS, PERM, SUCCESS, DQUOT]);
});

Deno.test("an instance that makes a link at its start is refused, and does not hang", async () => {
  await using test = await testHost();
  const starting = reporter("(global.get $errno)", {
    imports: `(import "wasi_snapshot_preview1" "path_symlink"
      (func $symlink (param i32 i32 i32 i32 i32) (result i32)))`,
    fields: `(global $errno (mut i32) (i32.const 0)) (data (i32.const 9000) "x")
      (func (export "_initialize") (global.set $errno
        (call $symlink (i32.const 9000) (i32.const 1) (i32.const 3) (i32.const 9000) (i32.const 1))))`,
  });
  await test.deploy("starting", starting, { capabilities: { files: { private: "/data" } } });
  assertEquals(await (await test.call("/api/starting")).text(), PERM);
});

Deno.test("the host believes nothing that a worker says of a link", () =>
  withFolder((folder, outside) => {
    const place = { privateFolder: folder, storageFile: "", assetsFolder: null };
    const mount = (access: "read" | "read-write") => ({ mounts: [{ guest: "/d", host: folder, access }] });
    const call = (head: unknown): WorkerCall => ({
      kind: "link",
      depth: 0,
      head,
      body: new Uint8Array(0),
      signal: new AbortController().signal,
    });
    const refused = (head: unknown, files = mount("read-write")) =>
      assertThrows<CapabilityError>(() => carryLink(files, place, call(head)), CapabilityError).code;
    for (
      const head of [null, {}, 7, { hostFolder: folder, path: "a" }, {
        hostFolder: folder,
        path: 1,
        text: "a",
      }]
    ) {
      assertEquals(refused(head), "invalid");
    }
    for (
      const path of ["", "/", "..", "a/../b", "out/a", "alias/a", "a//b", "a\0b", `${"a/".repeat(3000)}b`]
    ) {
      assertEquals(refused({ hostFolder: folder, path, text: "x" }), "notcapable", path);
    }
    for (const text of ["", "/x", "..", "a/../..", "x\0y", "x".repeat(5000)]) {
      assertEquals(refused({ hostFolder: folder, path: "a", text }), "notcapable", text);
    }
    const good = { hostFolder: folder, path: "dir/good", text: "x" };
    assertEquals(refused({ ...good, hostFolder: outside }), "notcapable");
    assertEquals(refused(good, mount("read")), "notcapable");
    assertEquals(carryLink(mount("read-write"), place, call(good)).head, null);
    assertEquals(Deno.readLinkSync(`${folder}/dir/good`), "x");
    assertEquals([...Deno.readDirSync(outside)], []);
    return Promise.resolve();
  }));
