import { assertEquals, assertThrows } from "@std/assert";
import { CapabilityError, type CapabilityErrorCode } from "../error.ts";
import { type Follow, LINKS_MAX_COUNT, resolve, type Walkable } from "./door.ts";
import type { FileKind } from "./files.ts";

/** A tree of plain objects: a folder is an object, a link `{link}`, a file a text. */
type Entry = string | { link: string } | Folder;
interface Folder {
  [name: string]: Entry;
}
interface Found {
  readonly kind: FileKind;
  readonly entry: Entry;
}

class ObjectTree implements Walkable<Folder, Found> {
  readonly looked: string[] = [];

  find(folder: Folder, name: string): Found | undefined {
    this.looked.push(name);
    const entry = Object.hasOwn(folder, name) ? folder[name] : undefined;
    if (entry === undefined) return undefined;
    if (typeof entry === "string") return { kind: "file", entry };
    return { kind: typeof entry.link === "string" ? "link" : "directory", entry };
  }

  enter(_folder: Folder, _name: string, found: Found): Folder {
    return found.entry as Folder;
  }

  readLink(_folder: Folder, _name: string, found: Found): string {
    return (found.entry as { link: string }).link;
  }
}

const root: Folder = {
  file: "x",
  dir: { inner: "y", deeper: { leaf: "z" } },
  toFile: { link: "file" },
  toDir: { link: "dir" },
  toDirSlash: { link: "dir/" },
  toLeaf: { link: "dir/deeper/leaf" },
  up: { link: ".." },
  absolute: { link: "/etc/passwd" },
  outThenIn: { link: "../mount/file" },
  dangling: { link: "nothing" },
  self: { link: "self" },
  ping: { link: "pong" },
  pong: { link: "ping" },
  backAndForth: { link: "dir/../dir/./inner" },
};

function walk(path: string, follow: Follow = "all", base = root, maxBytes = 4096) {
  const spot = resolve(new ObjectTree(), base, path, follow, maxBytes);
  return { name: spot.name, kind: spot.found?.kind, slash: spot.slash, folder: spot.folder };
}

function refused(code: CapabilityErrorCode, path: string, follow: Follow = "all", base = root) {
  const error = assertThrows<CapabilityError>(() => walk(path, follow, base), CapabilityError);
  assertEquals(error.code, code, `${JSON.stringify(path)}: ${error.message}`);
}

Deno.test("door: a path leads to a name in a folder", () => {
  assertEquals(walk("file"), { name: "file", kind: "file", slash: false, folder: root });
  assertEquals(walk("dir/deeper/leaf").folder, (root.dir as Folder).deeper as Folder);
  assertEquals(walk("nothing").kind, undefined);
  assertEquals(walk("dir/nothing").folder, root.dir as Folder);
});

Deno.test("door: dots and doubled slashes are nothing, '..' goes back as far as the folder itself", () => {
  assertEquals(walk("./dir//./deeper/../inner").kind, "file");
  assertEquals(walk("dir/.."), { name: "", kind: undefined, slash: true, folder: root });
  assertEquals(walk("."), { name: "", kind: undefined, slash: true, folder: root });
  assertEquals(walk("dir/deeper/../../file").kind, "file");
});

Deno.test("door: nothing leads above the folder that the walk began in", () => {
  for (const path of ["..", "../mount/file", "dir/../..", "dir/../../mount/file", "./..", "toDir/../../x"]) {
    refused("notcapable", path);
  }
  refused("notcapable", "../file", "all", root.dir as Folder);
});

Deno.test("door: an absolute path is refused", () => {
  for (const path of ["/", "/file", "//file", "/dir/../file"]) refused("notcapable", path);
});

Deno.test("door: a link that leads out is refused wherever it stands, and however it would come back", () => {
  for (const path of ["up", "up/file", "absolute", "absolute/x", "outThenIn", "dir/../up"]) {
    refused("notcapable", path);
  }
  // In its own folder a link upwards may be used, as long as it stays inside.
  const inner: Folder = { sub: { back: { link: ".." } }, target: "t" };
  assertEquals(walk("sub/back/target", "all", inner).kind, "file");
  refused("notcapable", "back/target", "all", inner.sub as Folder);
});

Deno.test("door: links are followed inside, in the last place only when asked", () => {
  assertEquals(walk("toFile").kind, "file");
  assertEquals(walk("toFile", "none").kind, "link");
  assertEquals(walk("toDir/inner", "none").kind, "file");
  assertEquals(walk("toLeaf").name, "leaf");
  assertEquals(walk("backAndForth").kind, "file");
  assertEquals(walk("dangling"), { name: "nothing", kind: undefined, slash: false, folder: root });
});

Deno.test("door: a slash at the end follows a link where 'slash' says so, and demands a folder", () => {
  assertEquals(walk("toDir/", "slash"), { name: "dir", kind: "directory", slash: true, folder: root });
  assertEquals(walk("toDir/", "none"), { name: "toDir", kind: "link", slash: true, folder: root });
  assertEquals(walk("toFile/", "slash").slash, true);
  assertEquals(walk("toDirSlash").slash, true);
  assertEquals(walk("file/.").slash, true);
});

Deno.test("door: loops end", () => {
  refused("loop", "self");
  refused("loop", "ping/x");
  const chain: Folder = { end: "e" };
  for (let i = 0; i < 60; i++) chain[`l${i}`] = { link: i === 0 ? "end" : `l${i - 1}` };
  assertEquals(walk(`l${LINKS_MAX_COUNT - 1}`, "all", chain).kind, "file");
  refused("loop", `l${LINKS_MAX_COUNT}`, "all", chain);
});

Deno.test("door: through a file or nothing there is no way", () => {
  refused("notdir", "file/x");
  refused("noent", "nothing/x");
  refused("noent", "dangling/x");
  refused("noent", "");
  refused("invalid", "file\0");
  refused("invalid", "\0");
});

Deno.test("door: a path is at most its bound long, in bytes", () => {
  assertEquals(walk("a".repeat(4096)).kind, undefined);
  refused("nametoolong", "a".repeat(4097));
  assertEquals(walk("é".repeat(2048)).kind, undefined);
  refused("nametoolong", "é".repeat(2049));
  const long: Folder = { link: { link: "a/".repeat(3000) } };
  refused("nametoolong", "link", "all", long);
});

Deno.test("door: work is bounded however links and components multiply", () => {
  // Each link brings the longest text there can be, and the next link at its end.
  const folder: Folder = { dir: {} };
  for (let i = 0; i < 60; i++) folder[`l${i}`] = { link: `${"./".repeat(2040)}l${i + 1}` };
  const tree = new ObjectTree();
  const error = assertThrows<CapabilityError>(
    () => resolve(tree, folder, "l0", "all", 4096),
    CapabilityError,
  );
  assertEquals(error.code, "loop");
  assertEquals(tree.looked.length < 100, true);
});
