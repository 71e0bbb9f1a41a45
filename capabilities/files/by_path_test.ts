/** Files by absolute guest path, and links made by the supervisor. */
import { assertEquals, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { CapabilityError } from "../error.ts";
import { limitDefaults } from "../limit.ts";
import { CAPABILITY_LIMITS } from "../limits.ts";
import type { Files } from "./files.ts";
import { makeLink } from "./make_link.ts";
import { openFiles } from "./open.ts";

const code = (step: () => unknown) => assertThrows<CapabilityError>(step, CapabilityError).code;

function withMounts(body: (files: Files, base: string) => void): void {
  const base = Deno.realPathSync(Deno.makeTempDirSync());
  for (const name of ["a", "a_inner", "outside"]) Deno.mkdirSync(join(base, name));
  Deno.writeTextFileSync(join(base, "outside/secret"), "secret");
  const mounts = [
    { guest: "/a", host: join(base, "a"), access: "read-write" as const },
    { guest: "/a/inner", host: join(base, "a_inner"), access: "read" as const },
  ];
  const place = { privateFolder: "", storageFile: "", assetsFolder: null };
  const files = openFiles({ mounts, scratch: { guest: "/tmp", perRequest: true } }, {
    place,
    limits: limitDefaults(CAPABILITY_LIMITS),
  });
  try {
    body(files, base);
  } finally {
    files.close();
    Deno.removeSync(base, { recursive: true });
  }
}

function content(files: Pick<Files, "openFile">, path: string): string {
  const file = files.openFile(path);
  const bytes = new Uint8Array(100);
  const length = file.read(bytes, 0);
  file.close();
  return new TextDecoder().decode(bytes.subarray(0, length));
}

Deno.test("by path: the nearest mount is used, whole components only", () =>
  withMounts((files, base) => {
    Deno.writeTextFileSync(join(base, "a_inner/f"), "inner");
    Deno.mkdirSync(join(base, "a/inner"));
    Deno.writeTextFileSync(join(base, "a/inner/f"), "hidden by the mount");
    Deno.writeTextFileSync(join(base, "a/innermost"), "of a");
    assertEquals(content(files, "/a/inner/f"), "inner");
    assertEquals(content(files, "a//innermost"), "of a");
    assertEquals(code(() => files.openFile("/b/f")), "noent");
    assertEquals(code(() => files.openFile("/ab")), "noent");
    assertEquals(code(() => files.openFile("/a")), "isdir");
    assertEquals(code(() => files.openFile("/a/inner")), "isdir");
  }));

Deno.test("by path: nothing leads out, whatever stands in the path", () =>
  withMounts((files, base) => {
    Deno.symlinkSync("../outside/secret", join(base, "a/link"));
    for (
      const path of ["/a/../outside/secret", "/a/link", "/a/./../../etc/passwd", "/a/x/../../outside/secret"]
    ) {
      assertEquals(["notcapable", "noent"].includes(code(() => files.openFile(path))), true, path);
      assertEquals(["notcapable", "noent"].includes(code(() => files.createFile(path))), true, path);
    }
    assertEquals(Deno.readTextFileSync(join(base, "outside/secret")), "secret");
  }));

Deno.test("by path: files are created and emptied, not on a read-only mount", () =>
  withMounts((files) => {
    for (const text of ["first and long", "second"]) {
      const file = files.createFile("/a/upload");
      file.append(new TextEncoder().encode(text));
      file.close();
      assertEquals(content(files, "/a/upload"), text);
    }
    assertEquals(code(() => files.createFile("/a/inner/x")), "perm");
    assertEquals(code(() => files.createFile("/a/none/x")), "noent");
  }));

Deno.test("by path: a session reaches its own scratch folder and no other's", () =>
  withMounts((files) => {
    const [one, two] = [files.session(), files.session()];
    one.createFile("/tmp/x").close();
    assertEquals(content(one, "/tmp/x"), "");
    assertEquals(code(() => two.openFile("/tmp/x")), "noent");
    assertEquals(code(() => files.openFile("/tmp/x")), "noent");
  }));

Deno.test("make link: only in a writable mount, only a plain place, only text that stays inside", () =>
  withMounts((_files, base) => {
    const root = join(base, "a");
    Deno.mkdirSync(join(root, "d"));
    Deno.symlinkSync("../outside", join(root, "out"));
    const upwards = { hostFolder: root, path: "d/l", text: "../x" };
    assertEquals(code(() => makeLink([root], upwards)), "notcapable");
    makeLink([root], upwards, "allowed");
    assertEquals(Deno.readLinkSync(join(root, "d/l")), "../x");
    const bad = [
      { hostFolder: base, path: "l", text: "x" },
      { hostFolder: root, path: "../outside/l", text: "x" },
      { hostFolder: root, path: "d/../l", text: "x" },
      { hostFolder: root, path: "/l", text: "x" },
      { hostFolder: root, path: "", text: "x" },
      { hostFolder: root, path: "l\0", text: "x" },
      { hostFolder: root, path: "out/l", text: "x" },
      { hostFolder: root, path: "l", text: "/etc" },
      { hostFolder: root, path: "l", text: "../outside" },
      { hostFolder: root, path: "d/l2", text: "../../outside" },
      { hostFolder: root, path: "l", text: "" },
    ];
    for (const request of bad) {
      assertEquals(code(() => makeLink([root], request, "allowed")), "notcapable", JSON.stringify(request));
    }
    assertEquals(code(() => makeLink([root], { hostFolder: root, path: "d", text: "x" })), "exist");
    assertEquals([...Deno.readDirSync(join(base, "outside"))].length, 1);
  }));
