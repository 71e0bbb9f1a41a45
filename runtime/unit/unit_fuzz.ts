/**
 * Fuzzers for images and manifests: mutations of good ones of every kind. Whatever comes out is a checked image or a
 * {@link BerthError}, and nothing stays behind.
 *
 *     deno run -A runtime/unit/unit_fuzz.ts [rounds] [seed]
 */
import { gzipSync, zstdCompressSync } from "node:zlib";
import { BerthError } from "../error.ts";
import { pax, rawTar } from "../../tests/unit/raw_tar.ts";
import {
  berthImage,
  emptyFolder,
  LIMITS_DEFAULT,
  manifestText,
  ociImage,
  OFFER,
  SERVICE_WASM,
} from "../../tests/unit/samples.ts";
import { readImage } from "./image.ts";
import { parseManifest } from "./manifest.ts";
import { packFiles, packMimikImage } from "./pack.ts";

/** What a run saw: how often each code came, `ok` among them. */
export type FuzzReport = Readonly<Record<string, number>>;

/** A small generator (xorshift32), so that a run can be repeated from its seed. */
export class Randomness {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0 || 1;
  }

  /** From 0 up to, not including, `bound`. */
  below(bound: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % bound;
  }

  /** One of a list. */
  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError("nothing to pick from");
    return item;
  }
}

const LIMITS = { ...LIMITS_DEFAULT, tarMaxBytes: 256 << 10, tarEntriesMaxCount: 64 };

/** Mutated archives of all kinds. */
export async function fuzzImages(rounds: number, seed: number): Promise<FuzzReport> {
  const random = new Randomness(seed);
  const good = await goodImages();
  const counts: Record<string, number> = {};
  using folder = emptyFolder();
  for (let round = 0; round < rounds; round++) {
    const bytes = mutate(random, random.pick(good));
    const packed = random.below(8) === 0 ? compress(random, bytes) : bytes;
    const outcome = await attempt(packed, folder.path, `seed ${seed}, round ${round}`);
    counts[outcome] = (counts[outcome] ?? 0) + 1;
    if (folder.names().length > 0) {
      throw new Error(`left behind: ${folder.names()} (seed ${seed}, round ${round})`);
    }
  }
  return counts;
}

async function attempt(bytes: Uint8Array, folder: string, which: string): Promise<string> {
  try {
    await using _image = await readImage(bytes, LIMITS, { folder, offer: OFFER });
    return "ok";
  } catch (error) {
    if (error instanceof BerthError) return error.code;
    throw new Error(`an error that is none of Berth's (${which})`, { cause: error });
  }
}

async function goodImages(): Promise<Uint8Array[]> {
  const mac = rawTar([
    pax({ "LIBARCHIVE.xattr.a": "b", path: "./berth.json" }),
    { name: "x", body: manifestText() },
    { name: "./._service.wasm", body: "junk" },
    { name: "service.wasm", body: SERVICE_WASM },
  ]);
  const layer = new Uint8Array(gzipSync(await packFiles([{ path: "app.wasm", bytes: SERVICE_WASM }])));
  return [
    await berthImage(),
    await packMimikImage({ name: "hello-v1", version: "1.0.0", module: SERVICE_WASM }),
    await ociImage({ layer: SERVICE_WASM }),
    await ociImage({ layer }),
    mac,
    new Uint8Array(gzipSync(mac)),
    new Uint8Array(zstdCompressSync(mac)),
  ];
}

function compress(random: Randomness, bytes: Uint8Array): Uint8Array {
  return new Uint8Array(random.below(2) === 0 ? gzipSync(bytes) : zstdCompressSync(bytes));
}

const INTERESTING = [0, 1, 0x20, 0x2f, 0x2e, 0x30, 0x37, 0x7f, 0x80, 0xff];

/** One to four changes; half the time the headers' checksums are put right again, so that the change gets further. */
function mutate(random: Randomness, original: Uint8Array): Uint8Array {
  let bytes = original.slice();
  for (let count = 1 + random.below(4); count > 0 && bytes.length > 0; count--) {
    const at = random.below(bytes.length);
    switch (random.below(6)) {
      case 0:
        bytes[at] = random.pick(INTERESTING);
        break;
      case 1:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
        break;
      case 2: // the fields of a header are where most is decided
        bytes[(at & ~511) + random.pick([0, 100, 124, 135, 156, 157, 257, 345])] = random.pick(INTERESTING);
        break;
      case 3: // a block again, or somewhere else
        bytes.copyWithin(
          at & ~511,
          random.below(bytes.length) & ~511,
          (random.below(bytes.length) & ~511) + 512,
        );
        break;
      case 4:
        bytes = bytes.slice(0, at);
        break;
      default:
        bytes.set(new TextEncoder().encode(random.pick(WORDS)).subarray(0, bytes.length - at), at);
    }
  }
  if (random.below(2) === 0) repairChecksums(bytes);
  return bytes;
}

const WORDS = [
  "../",
  "/etc/passwd",
  "27 path=../../x\n",
  "11 size=99\n",
  "\0",
  "{}",
  "[",
  '"',
  "blobs/sha256/",
  "77777777777",
];

function repairChecksums(bytes: Uint8Array): void {
  for (let at = 0; at + 512 <= bytes.length; at += 512) {
    const block = bytes.subarray(at, at + 512);
    if (String.fromCharCode(...block.subarray(257, 262)) !== "ustar") continue;
    block.fill(0x20, 148, 156);
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.set(new TextEncoder().encode(sum.toString(8).padStart(6, "0") + "\0 "), 148);
  }
}

/** Mutated manifests. */
export function fuzzManifests(rounds: number, seed: number): FuzzReport {
  const random = new Randomness(seed);
  const encoder = new TextEncoder();
  const counts: Record<string, number> = {};
  for (let round = 0; round < rounds; round++) {
    const text = random.below(2) === 0 ? wildManifest(random) : brokenText(random);
    let outcome = "ok";
    try {
      parseManifest(encoder.encode(text), LIMITS_DEFAULT);
    } catch (error) {
      if (!(error instanceof BerthError)) {
        throw new Error(`an error that is none of Berth's (seed ${seed}, round ${round})`, { cause: error });
      }
      outcome = error.code;
      if (/[^\P{Cc}\n]/u.test(error.detail)) {
        throw new Error(`a control character in: ${JSON.stringify(error.detail)}`);
      }
    }
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

const KEYS = [
  ...[
    "berth",
    "name",
    "version",
    "module",
    "path",
    "state",
    "capabilities",
    "limits",
    "env",
    "workers",
    "health",
  ],
  ...[
    "openapi",
    "logLevel",
    "clock",
    "files",
    "mounts",
    "guest",
    "host",
    "http",
    "allow",
    "wallMaxMs",
    "__proto__",
  ],
  ...["constructor", "toString", "\n", ""],
];
const VALUES: readonly unknown[] = [
  ...[0, 1, -1, 1.5, 1e308, 2 ** 53, true, false, null, "", "a", "../x", "1.0.0", "/a/v1", "a.wasm", "fresh"],
  ...["\0", "\u202e", "x".repeat(3000), [], {}, [[]], [{}], { a: 1 }, [null], { mounts: [{ guest: "/a" }] }],
];

/** A good manifest with members set to odd values, at any depth. */
function wildManifest(random: Randomness): string {
  const manifest = JSON.parse(
    manifestText({ capabilities: { clock: true }, limits: { wallMaxMs: 5 }, env: { A: "1" } }),
  );
  for (let count = 1 + random.below(4); count > 0; count--) {
    let target = manifest as Record<string, unknown>;
    while (random.below(2) === 0) {
      const inner = Object.values(target).filter((value) => typeof value === "object" && value !== null);
      if (inner.length === 0) break;
      target = random.pick(inner) as Record<string, unknown>;
    }
    const key = random.pick(KEYS);
    const value = structuredClone(random.pick(VALUES));
    if (random.below(6) === 0) delete target[key];
    else Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  }
  return JSON.stringify(manifest);
}

function brokenText(random: Randomness): string {
  const text = manifestText({ env: { A: "\u00e9\n" } });
  const at = random.below(text.length);
  const insert = random.pick([
    "",
    "{",
    "}",
    "[",
    "]",
    '"',
    ",",
    ":",
    "\\",
    "\n",
    "\u0000",
    "1e999",
    "[".repeat(50),
  ]);
  return text.slice(0, at) + insert + text.slice(at + random.below(4));
}

if (import.meta.main) {
  const rounds = Number(Deno.args[0] ?? 20_000);
  const seed = Number(Deno.args[1] ?? Date.now() % 2 ** 31);
  console.log("seed", seed);
  console.log("images", await fuzzImages(rounds, seed));
  console.log("manifests", fuzzManifests(rounds, seed));
}
