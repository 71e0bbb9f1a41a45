/** Loads the guest interfaces that a module needs: a worker evaluates no other. `registry.ts` has all, for the host. */
import type { Abi, Convention } from "./abi.ts";

/** An interface by the import modules that it offers. */
interface AbiLoader {
  readonly modules: readonly string[];
  load(): Promise<Abi>;
}

const ABI_LOADERS: readonly AbiLoader[] = [
  { modules: ["env", "berth"], load: async () => (await import("./serverless/abi.ts")).SERVERLESS },
  {
    modules: ["wasi_snapshot_preview1"],
    load: async () => (await import("./wasi_preview1/mod.ts")).WASI_PREVIEW1,
  },
];

const CONVENTION_LOADERS: readonly (() => Promise<Convention>)[] = [
  async () => (await import("./serverless/convention.ts")).SERVERLESS_CONVENTION,
  async () => (await import("./cgi/convention.ts")).CGI_CONVENTION,
];

/** The interfaces from which a module imports. */
export async function loadAbis(module: WebAssembly.Module): Promise<Abi[]> {
  const imported = new Set(WebAssembly.Module.imports(module).map((entry) => entry.module));
  const needed = ABI_LOADERS.filter(({ modules }) => modules.some((name) => imported.has(name)));
  return await Promise.all(needed.map(({ load }) => load()));
}

/** The convention by which requests reach a module; `null` when its exports fit none. */
export async function loadConvention(module: WebAssembly.Module): Promise<Convention | null> {
  const exports = WebAssembly.Module.exports(module);
  for (const load of CONVENTION_LOADERS) {
    const convention = await load();
    if (convention.matches(exports)) return convention;
  }
  return null;
}
