/** POSIX's rules, the same on a host directory and in memory. */
import { assertEquals, assertThrows } from "@std/assert";
import { CapabilityError, type CapabilityErrorCode } from "../error.ts";
import { limitDefaults } from "../limit.ts";
import { CAPABILITY_LIMITS } from "../limits.ts";
import type { FileOpenOptions, Folder, Listing, OpenFile } from "./files.ts";
import { openFiles } from "./open.ts";

const OPEN: FileOpenOptions = {
  access: "any",
  create: false,
  exclusive: false,
  truncate: false,
  directory: false,
  follow: true,
  append: false,
};

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (content: string) => new TextEncoder().encode(content);

function code(step: () => unknown): CapabilityErrorCode {
  return assertThrows<CapabilityError>(step, CapabilityError).code;
}

function openFile(folder: Folder, path: string, options: Partial<FileOpenOptions> = {}): OpenFile {
  const opened = folder.openAt(path, { ...OPEN, ...options });
  if (opened.type !== "file") throw new Error(`${path} is a folder`);
  return opened;
}

function openFolder(folder: Folder, path: string): Folder {
  const opened = folder.openAt(path, { ...OPEN, directory: true });
  if (opened.type !== "folder") throw new Error(`${path} is a file`);
  return opened;
}

function put(folder: Folder, path: string, content: string): void {
  const file = openFile(folder, path, { create: true, truncate: true });
  file.write(bytes(content), 0);
  file.close();
}

function get(folder: Folder, path: string): string {
  const file = openFile(folder, path, { access: "read" });
  const into = new Uint8Array(1000);
  const length = file.read(into, 0);
  file.close();
  return text(into.subarray(0, length));
}

/** The inodes of a listing of short names. */
function inodesOf(listing: Listing): number[] {
  const into = new Uint8Array(1000);
  const view = new DataView(into.buffer);
  const inodes: number[] = [];
  const end = listing.copy(0, into);
  for (let at = 0; at < end; at += 24 + view.getUint32(at + 16, true)) {
    inodes.push(Number(view.getBigUint64(at + 8, true)));
  }
  return inodes;
}

/** Runs a test on an empty read-write folder of each backend. */
function onEach(name: string, body: (folder: Folder) => void): void {
  for (const backend of ["mount", "native", "private", "scratch"] as const) {
    Deno.test(`${backend}: ${name}`, () => {
      const host = Deno.makeTempDirSync();
      const place = { privateFolder: host, storageFile: "", assetsFolder: null };
      const mounts = backend === "mount" || backend === "native"
        ? [{ guest: "/x", host, access: "read-write" as const }]
        : [];
      const files = openFiles({
        mounts,
        native: backend === "native",
        ...(backend === "private" ? { private: "/x" } : {}),
        ...(backend === "scratch" ? { scratch: { guest: "/x", perRequest: false } } : {}),
      }, { place, limits: limitDefaults(CAPABILITY_LIMITS) });
      try {
        const mount = files.session().mounts[0];
        if (mount === undefined) throw new Error("nothing was mounted");
        body(mount.folder);
      } finally {
        files.close();
        Deno.removeSync(host, { recursive: true });
      }
    });
  }
}

onEach("what is written is read", (folder) => {
  put(folder, "a", "hello");
  assertEquals(get(folder, "a"), "hello");
  const file = openFile(folder, "a");
  assertEquals(file.write(bytes("J"), 0), 1);
  assertEquals(file.write(bytes("!"), 7), 1);
  file.close();
  assertEquals(get(folder, "a"), "Jello\0\0!");
});

onEach("append goes to the end, whatever the position, and can be switched", (folder) => {
  put(folder, "a", "one");
  const file = openFile(folder, "a", { append: true });
  file.append(bytes("two"));
  file.setAppend(false);
  file.write(bytes("O"), 0);
  file.setAppend(true);
  file.append(bytes("!"));
  file.close();
  assertEquals(get(folder, "a"), "Onetwo!");
});

onEach("create, exclusive and truncate", (folder) => {
  assertEquals(code(() => openFile(folder, "a")), "noent");
  put(folder, "a", "x");
  assertEquals(code(() => openFile(folder, "a", { create: true, exclusive: true })), "exist");
  assertEquals(get(folder, "a"), "x");
  openFile(folder, "a", { truncate: true, access: "read" }).close();
  assertEquals(get(folder, "a"), "");
  assertEquals(code(() => openFile(folder, "b/", { create: true })), "isdir");
  assertEquals(code(() => openFile(folder, "a/")), "notdir");
  assertEquals(code(() => openFile(folder, "a", { directory: true })), "notdir");
});

onEach("folders are made, listed, opened, removed", (folder) => {
  folder.makeFolderAt("d");
  folder.makeFolderAt("d/e/");
  assertEquals(code(() => folder.makeFolderAt("d")), "exist");
  assertEquals(code(() => folder.makeFolderAt("no/e")), "noent");
  const inner = openFolder(folder, "d");
  assertEquals(inner.list().entries(), [{ name: "e", kind: "directory" }]);
  assertEquals(
    inodesOf(inner.list()),
    [inner.stat().inode, folder.stat().inode, folder.statAt("d/e", true).inode],
  );
  assertEquals(code(() => folder.removeFolderAt("d")), "notempty");
  assertEquals(code(() => folder.removeFolderAt("d/..")), "invalid");
  inner.removeFolderAt("e");
  folder.removeFolderAt("d/");
  assertEquals(folder.list().entries(), []);
  assertEquals(code(() => put(inner, "late", "x")), "noent");
  inner.close();
});

onEach("unlink takes files and links, not folders, and no slash", (folder) => {
  put(folder, "a", "x");
  folder.makeFolderAt("d");
  folder.symlinkAt("a", "l");
  assertEquals(code(() => folder.unlinkAt("a/")), "notdir");
  assertEquals(code(() => folder.unlinkAt("d")), "isdir");
  assertEquals(code(() => folder.unlinkAt("d/")), "isdir");
  assertEquals(code(() => folder.unlinkAt(".")), "isdir");
  assertEquals(code(() => folder.unlinkAt("l/")), "notdir");
  folder.unlinkAt("l");
  assertEquals(get(folder, "a"), "x");
  assertEquals(code(() => folder.removeFolderAt("a")), "notdir");
});

onEach("rename replaces, moves what is open along, and knows its limits", (folder) => {
  put(folder, "a", "1");
  put(folder, "b", "2");
  folder.renameAt("a", folder, "b");
  assertEquals(get(folder, "b"), "1");
  folder.makeFolderAt("d");
  const open = openFolder(folder, "d");
  put(open, "f", "3");
  folder.renameAt("d/", folder, "e/");
  assertEquals(get(open, "f"), "3");
  assertEquals(get(folder, "e/f"), "3");
  assertEquals(code(() => folder.renameAt("b", folder, "e")), "isdir");
  assertEquals(code(() => folder.renameAt("e", folder, "b")), "notdir");
  assertEquals(code(() => folder.renameAt("e", folder, "e/f/g")), "notdir");
  assertEquals(code(() => folder.renameAt("e", folder, "e/g")), "invalid");
  assertEquals(code(() => folder.renameAt("b/", folder, "c")), "notdir");
  assertEquals(code(() => folder.renameAt("b", folder, "c/")), "notdir");
  assertEquals(code(() => folder.renameAt("none", folder, "c")), "noent");
  folder.makeFolderAt("full");
  put(folder, "full/x", "");
  assertEquals(code(() => folder.renameAt("e", folder, "full")), "notempty");
  open.close();
});

onEach("hard links share the file", (folder) => {
  put(folder, "a", "x");
  folder.linkAt("a", folder, "b");
  put(folder, "b", "yy");
  assertEquals(get(folder, "a"), "yy");
  assertEquals(folder.statAt("a", true).inode, folder.statAt("b", true).inode);
  assertEquals(folder.statAt("a", true).links, 2);
  assertEquals(code(() => folder.linkAt("a", folder, "b")), "exist");
  assertEquals(code(() => folder.linkAt("a", folder, "c/")), "noent");
  folder.makeFolderAt("d");
  assertEquals(code(() => folder.linkAt("d", folder, "e")), "perm");
  folder.unlinkAt("a");
  assertEquals(get(folder, "b"), "yy");
});

onEach("links stay inside, and are followed or not as asked", (folder) => {
  put(folder, "a", "x");
  folder.makeFolderAt("d");
  folder.symlinkAt("../a", "d/l");
  assertEquals(get(folder, "d/l"), "x");
  assertEquals(folder.readLinkAt("d/l"), "../a");
  assertEquals(folder.statAt("d/l", false).kind, "link");
  assertEquals(folder.statAt("d/l", true).kind, "file");
  assertEquals(code(() => openFile(folder, "d/l", { follow: false })), "loop");
  assertEquals(code(() => folder.readLinkAt("a")), "invalid");
  for (const out of ["/etc", "../x", "d/../../x", ".."]) {
    assertEquals(code(() => folder.symlinkAt(out, "out")), "notcapable");
  }
  assertEquals(code(() => folder.symlinkAt("../../x", "d/out")), "notcapable");
  assertEquals(code(() => folder.symlinkAt("a", "a")), "exist");
  assertEquals(code(() => folder.symlinkAt("a", "a/")), "notdir");
  assertEquals(code(() => folder.symlinkAt("a", "n/")), "noent");
});

onEach("a link that was moved so that it points outside is not followed", (folder) => {
  folder.makeFolderAt("d");
  folder.makeFolderAt("d/e");
  put(folder, "target", "x");
  folder.symlinkAt("../../target", "d/e/l");
  assertEquals(get(folder, "d/e/l"), "x");
  folder.renameAt("d/e/l", folder, "l");
  assertEquals(code(() => openFile(folder, "l")), "notcapable");
  assertEquals(code(() => folder.statAt("l", true)), "notcapable");
  assertEquals(code(() => put(folder, "l", "escaped")), "notcapable");
});

onEach("times are kept to the nanosecond", (folder) => {
  put(folder, "a", "x");
  const before = folder.statAt("a", true);
  folder.setTimesAt("a", true, { accessed: undefined, modified: 1_600_000_000_123_456_789n });
  const after = folder.statAt("a", true);
  assertEquals(after.modifiedNs, 1_600_000_000_123_456_789n);
  assertEquals(after.accessedNs, before.accessedNs);
  const file = openFile(folder, "a");
  assertEquals(file.stat().modifiedNs, 1_600_000_000_123_456_789n);
  file.setTimes({ accessed: 5n, modified: "now" });
  assertEquals(file.stat().accessedNs, 5n);
  file.close();
});

onEach("a time that is not set stays as it was, whatever its milliseconds", (folder) => {
  for (let count = 0; count < 200; count++) {
    put(folder, `a${count}`, "x");
    const file = openFile(folder, `a${count}`);
    const before = file.stat().accessedNs;
    file.setTimes({ accessed: undefined, modified: 5_000_000_000n });
    assertEquals(file.stat().accessedNs, before);
    file.close();
  }
});

onEach("an unlinked file lives as long as it is open", (folder) => {
  put(folder, "a", "alive");
  const file = openFile(folder, "a");
  folder.unlinkAt("a");
  const into = new Uint8Array(5);
  assertEquals(file.read(into, 0), 5);
  assertEquals(text(into), "alive");
  assertEquals(file.stat().links, 0);
  file.close();
});

onEach("names are taken as they are", (folder) => {
  for (const name of ["ä €", "new\nline", "-rf", "a\\b", "...", "%2e%2e"]) {
    put(folder, name, name);
    assertEquals(get(folder, name), name);
  }
  assertEquals(code(() => put(folder, "n".repeat(256), "")), "nametoolong");
  put(folder, "n".repeat(255), "");
});
