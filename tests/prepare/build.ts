/** Builds the compute programs of this folder with the compilers that the project pins (and rustc where it is). */
import { dirname, join } from "@std/path";
import { fileURLToPath } from "node:url";

const HERE = join(dirname(fileURLToPath(import.meta.url)), "programs");

type Files = Readonly<Record<string, unknown>>;
type RunClang = (args: string[], files: Files, options: Readonly<Record<string, unknown>>) => Promise<Files>;

/** C++ through the compiler that is itself a wasm module. */
export async function buildCpp(level = "-O2"): Promise<Uint8Array<ArrayBuffer>> {
  const clang: unknown = await import("@yowasp/clang");
  // The package's types do not name its commands.
  const { runClang } = clang as { readonly runClang: RunClang };
  const args = [
    "clang++",
    level,
    "-fno-exceptions",
    "-mexec-model=reactor",
    "-Wl,--strip-debug",
    "a.cpp",
    "-o",
    "a.wasm",
  ];
  let messages = "";
  const decoder = new TextDecoder();
  const note = (bytes: Uint8Array | null) => {
    if (bytes) messages += decoder.decode(bytes);
  };
  const files = { "a.cpp": await Deno.readTextFile(join(HERE, "compute.cpp")) };
  const out = await runClang(args, files, { stdout: note, stderr: note, fetchProgress() {} });
  const wasm = out?.["a.wasm"];
  if (!(wasm instanceof Uint8Array)) throw new Error(`clang gave no module: ${messages}`);
  return wasm.slice();
}

/** AssemblyScript. */
export async function buildAssemblyScript(): Promise<Uint8Array<ArrayBuffer>> {
  const { main } = await import("assemblyscript/asc");
  const source = await Deno.readTextFile(join(HERE, "compute.as.ts"));
  let wasm: Uint8Array | undefined;
  const args = ["a.ts", "-O3", "--runtime", "incremental", "--use", "abort=", "--outFile", "a.wasm"];
  const { error, stderr } = await main(args, {
    readFile: (name: string) => name === "a.ts" ? source : null,
    writeFile: (_name, contents) => {
      if (typeof contents !== "string") wasm = contents;
    },
    listFiles: () => [],
  });
  if (error || !wasm) throw new Error(`asc gave no module: ${stderr}`);
  return wasm.slice();
}

/** Rust, or `null` where no rustc with the target wasm32-wasip1 is installed. */
export async function buildRust(): Promise<Uint8Array<ArrayBuffer> | null> {
  const out = await Deno.makeTempFile({ suffix: ".wasm" });
  const args = ["--target", "wasm32-wasip1", "-O", "--crate-type", "cdylib", "-C", "panic=abort"];
  const source = join(HERE, "compute.rs");
  try {
    const rustc = new Deno.Command("rustc", { args: [...args, "-C", "strip=symbols", "-o", out, source] });
    return (await rustc.output()).success ? await Deno.readFile(out) : null;
  } catch {
    return null;
  } finally {
    await Deno.remove(out);
  }
}
