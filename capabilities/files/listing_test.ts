import { assert, assertEquals } from "@std/assert";
import type { FileKind, FileStat } from "./files.ts";
import { KIND_NUMBERS, NamePacker, type PackedNames } from "./listing.ts";
import { ListingCache } from "./listing_cache.ts";

const encoder = new TextEncoder();
const none = () => 0;

function all(names: PackedNames, inodeOf: (name: string) => number = none): Uint8Array {
  const into = new Uint8Array(names.sizeBytes);
  return into.subarray(0, names.copy(0, into, inodeOf));
}

Deno.test("listing: an entry is its head and its name, and the next one's number", () => {
  const packer = new NamePacker();
  packer.add("é", "link", 2 ** 40 + 7);
  const bytes = all(packer.finish()).subarray(24 + 1 + 24 + 2);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  assertEquals(view.getBigUint64(0, true), 3n);
  assertEquals(view.getBigUint64(8, true), 2n ** 40n + 7n);
  assertEquals([view.getUint32(16, true), view.getUint32(20, true)], [2, KIND_NUMBERS.link]);
  assertEquals(bytes.subarray(24), encoder.encode("é"));
});

Deno.test("listing: it holds any number of names, and gives any part of them", () => {
  const packer = new NamePacker();
  const named = Array.from({ length: 3000 }, (_, index) => `${index}-${"ü".repeat(index % 120)}`);
  for (const name of named) packer.add(name, "file", 1);
  const names = packer.finish();
  assertEquals(names.count, named.length + 2);
  assertEquals(names.entries().map(({ name }) => name), named);
  const whole = all(names);
  for (const first of [0, 1, 2, 1500, 3001]) {
    const rest = new Uint8Array(whole.length);
    const length = names.copy(first, rest, none);
    assertEquals(rest.subarray(0, length), whole.subarray(whole.length - length));
  }
  for (const length of [0, 1, 23, 24, 25, 60, 1000]) {
    const into = new Uint8Array(length);
    assertEquals(names.copy(0, into, none), length);
    assertEquals(into, whole.subarray(0, length));
  }
  assertEquals(names.copy(3002, new Uint8Array(9), none), 0);
  assertEquals(names.copy(2 ** 60, new Uint8Array(9), none), 0);
});

Deno.test("listing: a name that is no UTF-8 is left out, whatever follows it in the buffer", () => {
  const packer = new NamePacker();
  const put = (...bytes: number[]) =>
    packer.addBytes(Uint8Array.from(bytes), 0, bytes.length, KIND_NUMBERS.file, 5);
  put(0x61, 0xff, 0x62, 0);
  put(0x61, 0, 0xff);
  put(0xc3, 0xa9); // up to the end, without a NUL
  put(0xed, 0xa0, 0x80, 0);
  assertEquals(packer.finish().entries().map(({ name }) => name), ["a", "é"]);
});

Deno.test("listing: inodes are asked for once, and only for what is copied", () => {
  const packer = new NamePacker();
  for (const name of ["a", "b", "c"]) packer.add(name, "file", 0);
  const names = packer.finish();
  const asked: string[] = [];
  const inodeOf = (name: string) => asked.push(name);
  const into = new Uint8Array(200);
  names.copy(2, into.subarray(0, 26), inodeOf);
  assertEquals(asked, ["a", "b"]);
  names.copy(2, into, inodeOf);
  names.copy(2, into, inodeOf);
  assertEquals(asked, ["a", "b", "c"]);
});

function folderAt(changedNs: bigint): FileStat {
  const kind: FileKind = "directory";
  const times = { accessedNs: 0n, modifiedNs: changedNs, changedNs };
  return { kind, device: 1, inode: 2, links: 2, sizeBytes: 4096, ...times };
}

Deno.test("listing: a folder is read again when it changed, or could have changed unseen", () => {
  const cache = new ListingCache();
  const read = () => new NamePacker().finish();
  const SECOND = 1_000_000_000n;
  const first = cache.get(folderAt(10n * SECOND), 11n * SECOND, read);
  const second = cache.get(folderAt(10n * SECOND), 12n * SECOND, read);
  assert(first !== second, "it had changed too lately to be kept");
  assert(cache.get(folderAt(10n * SECOND), 13n * SECOND, read) === second);
  assert(cache.get(folderAt(13n * SECOND), 20n * SECOND, read) !== second);
});

Deno.test("listing: what is kept is bounded", () => {
  const cache = new ListingCache();
  const read = (entries: number) => () => {
    const packer = new NamePacker();
    for (let index = 0; index < entries; index++) {
      packer.add(`a name of thirty-two bytes ${index}`, "file", 1);
    }
    return packer.finish();
  };
  const get = (inode: number, entries: number) =>
    cache.get({ ...folderAt(0n), inode }, 10n ** 10n, read(entries));
  const small = get(1, 10);
  const large = get(2, 20_000);
  assert(get(2, 20_000) !== large, "one that is too large is not kept");
  assert(get(1, 10) === small);
  for (let inode = 3; inode < 10; inode++) get(inode, 6_000);
  assert(get(1, 10) !== small, "the oldest goes first");
  const last = get(9, 6_000);
  assert(get(9, 6_000) === last);
});
