/** Archives that are hostile, damaged or merely odd. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { unpackTar } from "modern-tar";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { BerthError } from "../error.ts";
import { Spool, spoolArchive } from "./archive.ts";
import { Budget } from "./budget.ts";
import type { ByteSource } from "./byte_reader.ts";
import { packFiles } from "./pack.ts";
import { concat, pax, paxRecord, type RawEntry, rawEntry, rawTar } from "../../tests/unit/raw_tar.ts";
import { emptyFolder, LIMITS_DEFAULT } from "../../tests/unit/samples.ts";

/** What an archive holds, by path. */
async function contents(source: ByteSource, limits = LIMITS_DEFAULT): Promise<Record<string, string>> {
  using folder = emptyFolder();
  const files = await spoolArchive(source, new Spool(folder.path), new Budget(limits));
  return Object.fromEntries([...files.values()].map(({ path, file }) => [path, Deno.readTextFileSync(file)]));
}

async function refusal(source: ByteSource, limits = LIMITS_DEFAULT): Promise<BerthError> {
  return await assertRejects(() => contents(source, limits), BerthError);
}

const file = (name: string, body = "x"): RawEntry => ({ name, body });
const LONG = `${"d".repeat(120)}/${"f".repeat(120)}`;

const ACCEPTED: readonly [string, readonly (RawEntry | Uint8Array)[], Record<string, string>][] = [
  ["plain files", [file("a", "1"), file("b/c", "2")], { a: "1", "b/c": "2" }],
  ["./ before names, and folders", [{ name: "./", type: "5" }, { name: "./b/", type: "5" }, file("./b/c")], {
    "b/c": "x",
  }],
  ["a folder twice", [{ name: "b/", type: "5" }, { name: "b", type: "5" }, file("b/c")], { "b/c": "x" }],
  ["an empty file", [file("a", "")], { a: "" }],
  ["the old type flag NUL", [{ name: "a", type: "\0", body: "x" }], { a: "x" }],
  ["a folder in the old way", [{ name: "b/", type: "\0" }], {}],
  ["a ustar prefix", [{ name: "c", prefix: "a/b", body: "x" }], { "a/b/c": "x" }],
  ["GNU's magic, whose prefix field holds times", [{
    name: "c",
    magic: "ustar  \0",
    prefix: "12345",
    body: "x",
  }], { c: "x" }],
  ["a PAX path", [pax({ path: LONG, mtime: "1.5" }), file("short")], { [LONG]: "x" }],
  ["a PAX size that agrees", [pax({ size: "1" }), file("a")], { a: "x" }],
  ["a GNU long name", [{ name: "././@LongLink", type: "L", body: `${LONG}\0` }, file("short")], {
    [LONG]: "x",
  }],
  ["global PAX records as git writes them", [pax({ comment: "0123456789" }, "g"), file("a")], { a: "x" }],
  ["a size in base 256", [{
    name: "a",
    body: "x",
    size: new Uint8Array([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
  }], { a: "x" }],
  ["a size with spaces around", [{ name: "a", body: "x", size: "         1 \0" }], { a: "x" }],
  ["names in UTF-8", [pax({ path: "grüße/日本" }), file("x")], { "grüße/日本": "x" }],
];

for (const [what, entries, expected] of ACCEPTED) {
  Deno.test(`accepted: ${what}`, async () => assertEquals(await contents(rawTar(entries)), expected));
}

Deno.test("accepted: what macOS adds is read over", async () => {
  const tar = rawTar([
    pax({
      "LIBARCHIVE.xattr.com.apple.provenance": "AQIA",
      "SCHILY.xattr.com.apple.provenance": "\x01\x02\0",
    }),
    file("./._berth.json", "AppleDouble"),
    pax({ mtime: "1", "LIBARCHIVE.xattr.com.apple.quarantine": "MDA4MQ" }),
    file("./berth.json", "{}"),
    file("assets/.DS_Store"),
    file("assets/._a"),
    file("assets/a"),
    file("__MACOSX/._b"),
    file("__MACOSX/b"),
  ]);
  assertEquals(await contents(tar), { "berth.json": "{}", "assets/a": "x" });
});

const REFUSED: readonly [string, readonly (RawEntry | Uint8Array)[], string, string][] = [
  ["..", [file("../x")], "tar-entry-refused", 'entry "../x": its path leaves the image'],
  [".. inside", [file("a/../../x")], "tar-entry-refused", "leaves the image"],
  [".. that stays inside", [file("a/../x")], "tar-entry-refused", "leaves the image"],
  [".. by PAX", [pax({ path: "../x" }), file("x")], "tar-entry-refused", 'entry "../x"'],
  [
    ".. by a GNU long name",
    [{ name: "L", type: "L", body: "../x\0" }, file("x")],
    "tar-entry-refused",
    'entry "../x"',
  ],
  [".. by a prefix", [{ name: "x", prefix: "..", body: "" }], "tar-entry-refused", 'entry "../x"'],
  [".. as a folder", [{ name: "../", type: "5" }], "tar-entry-refused", "leaves the image"],
  ["an absolute path", [file("/etc/passwd")], "tar-entry-refused", "absolute"],
  ["an absolute path by PAX", [pax({ path: "/etc/x" }), file("x")], "tar-entry-refused", "absolute"],
  ["a drive", [file("C:/x")], "tar-entry-refused", "colon"],
  ["a backslash", [file("a\\..\\x")], "tar-entry-refused", "backslash"],
  ["a control character", [file("a\nb")], "tar-entry-refused", "control character"],
  ["a device's name", [file("a/NUL.txt")], "tar-entry-refused", "name of a device"],
  ["a trailing dot", [file("a./b")], "tar-entry-refused", "ends in a dot"],
  ["no name", [file("")], "tar-entry-refused", "no name"],
  ["the top folder as a file", [file(".")], "tar-entry-refused", "no name"],
  [
    "a symbolic link",
    [{ name: "a", type: "2", link: "/etc" }],
    "tar-entry-refused",
    'entry "a": it is a symbolic link',
  ],
  ["a hard link", [file("b"), { name: "a", type: "1", link: "b" }], "tar-entry-refused", "hard link"],
  [
    "a chain of links",
    [{ name: "a", type: "2", link: "b" }, { name: "b", type: "2", link: ".." }, file("a/x")],
    "tar-entry-refused",
    "symbolic link",
  ],
  [
    "a link with a long target",
    [{ name: "K", type: "K", body: "t\0" }, { name: "a", type: "2" }],
    "tar-entry-refused",
    "link",
  ],
  ["a link by PAX", [pax({ linkpath: "/etc" }), file("a")], "tar-entry-refused", "link"],
  ["a character device", [{ name: "a", type: "3" }], "tar-entry-refused", "character device"],
  ["a block device", [{ name: "a", type: "4" }], "tar-entry-refused", "block device"],
  ["a fifo", [{ name: "a", type: "6" }], "tar-entry-refused", "fifo"],
  ["GNU sparse", [{ name: "a", type: "S", body: "x" }], "tar-entry-refused", "sparse"],
  [
    "PAX sparse",
    [pax({ "GNU.sparse.major": "1", "GNU.sparse.name": "a" }), file("b")],
    "tar-entry-refused",
    "sparse",
  ],
  ["several volumes", [{ name: "a", type: "M", body: "x" }], "tar-entry-refused", "several volumes"],
  ["an unknown type", [{ name: "a", type: "Z", body: "x" }], "tar-entry-refused", 'not known (type "Z")'],
  ["a file twice", [file("a"), file("./a")], "tar-entry-refused", "came before"],
  [
    "a file twice in another case",
    [file("a/B"), file("a/b")],
    "tar-entry-refused",
    "came before (case aside)",
  ],
  [
    "a file twice in another composition",
    [pax({ path: "é" }), file("1"), pax({ path: "e\u0301" }), file("2")],
    "tar-entry-refused",
    "came before",
  ],
  ["a folder in another case", [file("Etc/a"), file("etc/b")], "tar-entry-refused", "another case"],
  [
    "a folder replaced by a file",
    [{ name: "a/", type: "5" }, file("a")],
    "tar-entry-refused",
    "replace a folder",
  ],
  ["a file's folder replaced by a file", [file("a/b"), file("a")], "tar-entry-refused", "replace a folder"],
  [
    "a folder replaced by a link",
    [{ name: "a/", type: "5" }, { name: "a", type: "2", link: "/" }, file("a/x")],
    "tar-entry-refused",
    "symbolic link",
  ],
  ["a file replaced by a folder", [file("a"), file("a/b")], "tar-entry-refused", "replace a file"],
  [
    "a folder with contents",
    [{ name: "a/", type: "5", body: "x" }],
    "tar-entry-refused",
    "folder with contents",
  ],
  ["a file named as a folder", [file("a/", "x")], "tar-entry-refused", "folder with contents"],
  // CVE-2025-62518: a reader that goes by the header's 0 sees the nested archive's entries.
  [
    "PAX size above the header's",
    [pax({ size: "512" }), {
      name: "a",
      size: "00000000000\0",
      body: rawEntry(file("hidden")).slice(0, 512),
    }],
    "tar-entry-refused",
    "its header says 0 bytes, its PAX records say 512",
  ],
  [
    "PAX size below the header's",
    [pax({ size: "0" }), file("a")],
    "tar-entry-refused",
    "says 1 bytes, its PAX records say 0",
  ],
  ["a negative PAX size", [pax({ size: "-1" }), file("a")], "tar-malformed", "PAX size"],
  ["global PAX size", [pax({ size: "0" }, "g"), file("a")], "tar-entry-refused", "global PAX"],
  ["global PAX path", [pax({ path: "b" }, "g"), file("a")], "tar-entry-refused", "global PAX"],
  ["a NUL in a PAX path", [pax({ path: "a\0/../../x" }), file("a")], "tar-entry-refused", "holds a NUL"],
  [
    "a NUL in a long name",
    [{ name: "L", type: "L", body: "a\0b\0" }, file("a")],
    "tar-entry-refused",
    "holds a NUL",
  ],
  [
    "a PAX path twice",
    [{ name: "P", type: "x", body: paxRecord("path", "a") + paxRecord("path", "b") }, file("a")],
    "tar-entry-refused",
    '"path" twice',
  ],
  ["two PAX headers", [pax({ path: "a" }), pax({ path: "b" }), file("c")], "tar-entry-refused", "twice"],
  [
    "PAX and GNU names",
    [pax({ path: "a" }), { name: "L", type: "L", body: "b\0" }, file("c")],
    "tar-entry-refused",
    "twice",
  ],
  [
    "a PAX length that is too short",
    [{ name: "P", type: "x", body: "9 path=abc\n" }, file("a")],
    "tar-malformed",
    "PAX records",
  ],
  [
    "a PAX length past the end",
    [{ name: "P", type: "x", body: "99 path=abc\n" }, file("a")],
    "tar-malformed",
    "PAX records",
  ],
  [
    "a PAX record without =",
    [{ name: "P", type: "x", body: "8 pathx\n" }, file("a")],
    "tar-malformed",
    "PAX records",
  ],
  ["another charset", [pax({ hdrcharset: "BINARY" }), file("a")], "tar-entry-refused", "not in UTF-8"],
  ["records without an entry", [pax({ path: "a" })], "tar-malformed", "after the records"],
  [
    "a name that is not UTF-8",
    [{ name: new Uint8Array([0xff, 0xfe]), body: "" }],
    "tar-malformed",
    "not UTF-8",
  ],
  ["a negative size", [{ name: "a", size: new Uint8Array(12).fill(0xff) }], "tar-malformed", "not a number"],
  [
    "a size past 2^53",
    [{ name: "a", size: new Uint8Array([0x80, ...new Uint8Array(11).fill(0x7f)]) }],
    "tar-malformed",
    "not a number",
  ],
  ["a size that is no number", [{ name: "a", size: "0000000008x\0" }], "tar-malformed", "not a number"],
  [
    "a size past the limit",
    [{ name: "a", size: "77777777777\0" }],
    "tar-too-large",
    'an entry "a" larger than',
  ],
  [
    "records past their limit",
    [{ name: "P", type: "x", size: "00010000000\0" }],
    "tar-entry-refused",
    "records are larger",
  ],
  ["a wrong checksum", [file("a"), { name: "b", checksum: "000000\0 " }], "tar-malformed", "checksum"],
  ["a wrong checksum at once", [{ name: "b", checksum: "000000\0 " }], "tar-not-tar", "tar header"],
  ["a deep path", [file("a/".repeat(40) + "b")], "tar-entry-refused", "folders deep"],
  ["a long part", [pax({ path: "a".repeat(256) }), file("x")], "tar-entry-refused", "longer than 255 bytes"],
  [
    "a long path",
    [pax({ path: `${"a".repeat(200)}/`.repeat(6) + "b" }), file("x")],
    "tar-entry-refused",
    "longer than 1024 bytes",
  ],
];

for (const [what, entries, code, says] of REFUSED) {
  Deno.test(`refused: ${what}`, async () => {
    const error = await refusal(rawTar(entries));
    assertEquals(error.code, code, error.detail);
    assertStringIncludes(error.detail, says);
    assert(!/\p{Cc}/u.test(error.detail), "an error's text holds nothing that forges a log line");
  });
}

Deno.test("refused: entries after the end, and data after the end", async () => {
  const one = new Uint8Array(512);
  const hidden = rawEntry(file("hidden"));
  assertEquals(
    (await refusal(rawTar([file("a")], concat([one, hidden, one, one])))).detail,
    "entries follow a block of zeros",
  );
  assertEquals(
    (await refusal(rawTar([file("a")], concat([one, one, hidden])))).detail,
    "data follows the end of the archive",
  );
});

Deno.test("an archive cut at any byte before its end mark is refused as truncated", async () => {
  const small = rawTar([file("a", "hello")]);
  const larger = rawTar([pax({ path: LONG }), file("a", "hello"), file("b", "y".repeat(600))]);
  const codes = new Set<string>();
  for (let length = 1; length < small.length; length++) {
    codes.add((await refusal(small.subarray(0, length))).code);
  }
  for (let length = 1; length < larger.length; length += 29) {
    codes.add((await refusal(larger.subarray(0, length))).code);
  }
  assertEquals([...codes], ["tar-truncated"]);
  assertEquals((await refusal(small.subarray(0, 0))).code, "tar-empty");
  await contents(larger);
});

Deno.test("a compressed archive cut at any byte of its content is refused", async () => {
  const tar = rawTar([file("a", crypto.randomUUID().repeat(20))]);
  for (const [packed, tailBytes] of [[gzipSync(tar), 0], [zstdCompressSync(tar), 4]] as const) {
    // What follows the content (zstd's checksum) may be missing: nothing of the archive is.
    for (let length = 1; length < packed.length - tailBytes; length += 3) {
      const error = await refusal(new Uint8Array(packed.subarray(0, length)));
      assert(["tar-truncated", "tar-not-tar"].includes(error.code), `${length}: ${error.message}`);
    }
    assertEquals(Object.keys(await contents(new Uint8Array(packed))), ["a"]);
  }
});

Deno.test("a bomb stops at the limit, whatever it is wrapped in", async () => {
  const limits = { ...LIMITS_DEFAULT, tarMaxBytes: 2 << 20 };
  const bomb = rawTar([{ name: "a", body: new Uint8Array(64 << 20) }]);
  for (const packed of [gzipSync(bomb), zstdCompressSync(bomb)]) {
    assert(packed.length < 1 << 20);
    assertEquals((await refusal(new Uint8Array(packed), limits)).code, "tar-too-large");
  }
  const many = rawTar([file("a", "x".repeat(1000)), file("b", "y".repeat((2 << 20) - 1500))]);
  assertStringIncludes(
    (await refusal(new Uint8Array(gzipSync(many)), limits)).detail,
    "unpacks to more than the 2097152 bytes",
  );
});

Deno.test("a million entries stop at the limit, junk and folders counted", async () => {
  const limits = { ...LIMITS_DEFAULT, tarEntriesMaxCount: 100 };
  let sent = 0;
  const endless = (make: (index: number) => RawEntry) =>
    new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(rawEntry(make(sent++))) });
  for (
    const make of [
      (n: number) => file(`f${n}`, ""),
      (n: number) => file(`._${n}`, ""),
      () => ({ name: "d/", type: "5" }),
    ]
  ) {
    sent = 0;
    assertEquals((await refusal(endless(make), limits)).code, "tar-too-many-entries");
    assert(sent < 110, `stopped after ${sent}`);
  }
});

Deno.test("pieces of any size make no difference", async () => {
  const tar = rawTar([pax({ path: LONG }), file("a", "hello"), file("b", "y".repeat(700))]);
  const expected = await contents(tar);
  for (const size of [1, 7, 511, 512, 513, 1000]) {
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < tar.length; at += size) controller.enqueue(tar.subarray(at, at + size));
        controller.close();
      },
    });
    assertEquals(await contents(stream), expected);
  }
});

Deno.test("what is accepted, another reader sees the same", async () => {
  for (const [, entries] of ACCEPTED) {
    const tar = rawTar(entries);
    const seen = (await unpackTar(tar, { strict: true })).filter(({ header }) => header.type === "file");
    const files = seen.map((
      { header, data },
    ) => [header.name.replace(/^\.\//, ""), new TextDecoder().decode(data)]);
    assertEquals(await contents(tar), Object.fromEntries(files));
  }
});

Deno.test("what is packed is read back, long names too", async () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const names = ["a", LONG, `${"x".repeat(99)}/y`, "grüße.txt", "p".repeat(200)];
  const tar = await packFiles(names.map((path) => ({ path, bytes: bytes(path) })));
  assertEquals(await contents(tar), Object.fromEntries(names.map((name) => [name, name])));
  for (const paths of [["../x"], ["./x"], ["/x"], ["x", "x"]]) {
    const error = await assertRejects(
      () => packFiles(paths.map((path) => ({ path, bytes: bytes("") }))),
      BerthError,
    );
    assertEquals(error.code, "tar-entry-refused");
  }
});
