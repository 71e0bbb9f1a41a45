/** Quotas of private and scratch folders, and what a request leaves behind. */
import { assertEquals, assertThrows } from "@std/assert";
import { CapabilityError } from "../error.ts";
import { limitDefaults } from "../limit.ts";
import { CAPABILITY_LIMITS } from "../limits.ts";
import type { FileOpenOptions, Files, FilesSession, Folder, OpenFile } from "./files.ts";
import { openFiles } from "./open.ts";

const CREATE: FileOpenOptions = {
  access: "both",
  create: true,
  exclusive: false,
  truncate: false,
  directory: false,
  follow: true,
  append: false,
};

const code = (step: () => unknown) => assertThrows<CapabilityError>(step, CapabilityError).code;
const filled = (length: number) => new Uint8Array(length).fill(7);

function create(folder: Folder, path: string, options: Partial<FileOpenOptions> = {}): OpenFile {
  const file = folder.openAt(path, { ...CREATE, ...options });
  if (file.type !== "file") throw new Error("a folder");
  return file;
}

function top(session: FilesSession): Folder {
  const mount = session.mounts[0];
  if (mount === undefined) throw new Error("nothing was mounted");
  return mount.folder;
}

function withFiles(
  backend: "private" | "private native" | "scratch",
  body: (files: Files, host: string) => void,
): void {
  const host = Deno.makeTempDirSync();
  const limits = {
    ...limitDefaults(CAPABILITY_LIMITS),
    privateFilesMaxBytes: 1000,
    scratchMaxBytes: 1000,
    filesEntriesMaxCount: 4,
  };
  const place = { privateFolder: host, storageFile: "", assetsFolder: null };
  const grant = backend !== "scratch"
    ? { mounts: [], private: "/x", native: backend === "private native" }
    : { mounts: [], scratch: { guest: "/x", perRequest: true } };
  const files = openFiles(grant, { place, limits });
  try {
    body(files, host);
  } finally {
    files.close();
    Deno.removeSync(host, { recursive: true });
  }
}

for (
  const [backend, full] of [
    ["private", "dquot"],
    ["private native", "dquot"],
    ["scratch", "nospc"],
  ] as const
) {
  Deno.test(`${backend}: bytes are refused at the quota and come back`, () =>
    withFiles(backend, (files) => {
      const folder = top(files.session());
      const file = create(folder, "a");
      assertEquals(file.write(filled(1000), 0), 1000);
      assertEquals(code(() => file.write(filled(1), 1000)), full);
      assertEquals(file.write(filled(10), 990), 10);
      assertEquals(code(() => file.setSize(1001)), full);
      assertEquals(code(() => create(folder, "b").append(filled(1))), full);
      file.setSize(400);
      assertEquals(create(folder, "b").write(filled(600), 0), 600);
      file.close();
      folder.unlinkAt("a");
      assertEquals(create(folder, "c").append(filled(400)), 400);
      assertEquals(code(() => create(folder, "c").append(filled(1))), full);
    }));

  Deno.test(`${backend}: a hole counts, and a far position is refused before anything is allocated`, () =>
    withFiles(backend, (files) => {
      const file = create(top(files.session()), "a");
      assertEquals(code(() => file.write(filled(1), 2 ** 40)), full);
      assertEquals(code(() => file.setSize(2 ** 50)), full);
      assertEquals(file.stat().sizeBytes, 0);
      assertEquals(file.write(filled(1), 999), 1);
      assertEquals(code(() => file.write(filled(1), 1000)), full);
      file.close();
    }));

  Deno.test(`${backend}: an unlinked open file keeps its bytes until it is closed`, () =>
    withFiles(backend, (files) => {
      const folder = top(files.session());
      const file = create(folder, "a");
      file.write(filled(1000), 0);
      folder.unlinkAt("a");
      const other = create(folder, "b");
      assertEquals(code(() => other.append(filled(1))), full);
      file.close();
      assertEquals(other.append(filled(1000)), 1000);
      other.close();
    }));

  Deno.test(`${backend}: truncating by opening and replacing by renaming give bytes back`, () =>
    withFiles(backend, (files) => {
      const folder = top(files.session());
      const fill = (path: string) => {
        const file = create(folder, path);
        file.write(filled(1000), 0);
        file.close();
      };
      fill("a");
      create(folder, "a", { truncate: true }).close();
      fill("b");
      folder.renameAt("a", folder, "b");
      fill("c");
      folder.unlinkAt("c");
      fill("d");
    }));

  Deno.test(`${backend}: entries of all kinds are counted`, () =>
    withFiles(backend, (files) => {
      const folder = top(files.session());
      create(folder, "file").close();
      folder.makeFolderAt("folder");
      folder.linkAt("file", folder, "hard");
      folder.symlinkAt("file", "soft");
      assertEquals(code(() => create(folder, "five")), full);
      assertEquals(code(() => folder.makeFolderAt("five")), full);
      assertEquals(code(() => folder.linkAt("file", folder, "five")), full);
      assertEquals(code(() => folder.symlinkAt("file", "five")), full);
      folder.unlinkAt("hard");
      folder.removeFolderAt("folder");
      create(folder, "four").close();
      folder.renameAt("four", folder, "soft");
      create(folder, "five").close();
    }));
}

Deno.test("private: what is in the folder already counts", () =>
  withFiles("private", (files, host) => {
    files.close();
    Deno.mkdirSync(`${host}/d`);
    Deno.writeFileSync(`${host}/d/old`, filled(900));
    const limits = {
      ...limitDefaults(CAPABILITY_LIMITS),
      privateFilesMaxBytes: 1000,
      filesEntriesMaxCount: 3,
    };
    const place = { privateFolder: host, storageFile: "", assetsFolder: null };
    const again = openFiles({ mounts: [], private: "/x" }, { place, limits });
    const folder = top(again.session());
    const file = create(folder, "new");
    assertEquals(code(() => file.write(filled(101), 0)), "dquot");
    assertEquals(file.write(filled(100), 0), 100);
    assertEquals(code(() => folder.makeFolderAt("more")), "dquot");
    file.close();
    again.close();
  }));

Deno.test("scratch: sessions see nothing of each other, and restore puts back what the snapshot saw", () =>
  withFiles("scratch", (files) => {
    const [a, b] = [files.session(), files.session()];
    const kept = create(top(a), "kept");
    kept.write(filled(3), 0);
    a.snapshot();
    assertEquals(top(b).list().entries(), []);

    kept.write(filled(500), 0);
    create(top(a), "new").close();
    top(a).unlinkAt("kept");
    top(a).makeFolderAt("d");
    a.restore();
    assertEquals(top(a).list().entries().map((entry) => entry.name), ["kept"]);
    assertEquals(kept.stat().sizeBytes, 3);
    assertEquals(kept.stat().links, 1);
    assertEquals(create(top(a), "again").write(filled(997), 0), 997);
    assertEquals(code(() => kept.write(filled(4), 0)), "nospc");
  }));

Deno.test("scratch: as long as the service lives, all sessions share it", () => {
  const limits = limitDefaults(CAPABILITY_LIMITS);
  const place = { privateFolder: "", storageFile: "", assetsFolder: null };
  const files = openFiles({ mounts: [], scratch: { guest: "/x", perRequest: false } }, { place, limits });
  const [a, b] = [files.session(), files.session()];
  create(top(a), "shared").close();
  a.restore();
  assertEquals(top(b).list().entries().map((entry) => entry.name), ["shared"]);
  assertEquals(files.createFile("/x/by-path").write(filled(2), 0), 2);
  assertEquals(top(b).statAt("by-path", true).sizeBytes, 2);
});
