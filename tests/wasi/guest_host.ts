/** Runs one guest against the real ABI and capabilities, in whatever thread and with whatever permissions this is. */
import type { GuestContext } from "../../abi/abi.ts";
import { GuestExit } from "../../abi/exit.ts";
import { promising, suspending } from "../../abi/jspi.ts";
import { ABI_LIMITS } from "../../abi/limits.ts";
import { WASI_PREVIEW1 } from "../../abi/wasi_preview1/mod.ts";
import { limitDefaults } from "../../capabilities/limit.ts";
import { CAPABILITY_LIMITS } from "../../capabilities/limits.ts";
import { openCapabilities } from "../../capabilities/open_all.ts";
import type { FilesGrant } from "../../capabilities/files/ask.ts";
import type { Files } from "../../capabilities/files/files.ts";
import { PLAN_SECTION, preparedPlan } from "../../runtime/prepared.ts";
import { createInterruptMemory, interruptImports } from "../../runtime/worker/interrupt.ts";
import { looseFiles } from "./loose_files.ts";

/** What to run. */
export interface GuestJob {
  readonly wasm: Uint8Array<ArrayBuffer>;
  readonly files: FilesGrant;
  readonly privateFolder: string;
  /** The door is switched off: paths go to the host as they are. */
  readonly loose: boolean;
  readonly without: readonly string[];
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** What became of it. */
export interface GuestOutcome {
  readonly exit: number;
  /** The trap's text; empty without one. */
  readonly trap: string;
  readonly out: string;
  /** What was noted as refused: `capability: attempt`. */
  readonly denied: readonly string[];
  /** Errors that the host logged: bugs. */
  readonly errors: readonly string[];
}

/** The quotas of a private folder in these tests. */
const QUOTA = { privateFilesMaxBytes: 1000, filesEntriesMaxCount: 20, scratchMaxBytes: 1000 };

/** Runs it to its end. */
export async function runGuest(job: GuestJob): Promise<GuestOutcome> {
  const outcome = { exit: 0, trap: "", out: "", denied: [] as string[], errors: [] as string[] };
  const limits = { ...limitDefaults(CAPABILITY_LIMITS), ...limitDefaults(ABI_LIMITS), ...QUOTA };
  const capabilities = openCapabilities(grantsOf(job), {
    place: { privateFolder: job.privateFolder, storageFile: "", assetsFolder: null },
    limits,
    config: job.env,
    log: (line) => {
      if (line.source === "stdout") outcome.out += `${line.message}\n`;
    },
  });
  const files = job.loose ? looseFiles(job.files) : capabilities.files;
  const context: GuestContext = {
    capabilities: withFiles(capabilities, files),
    limits,
    service: {
      id: "s",
      name: "guest",
      version: "1",
      clientId: "c",
      basePath: "/",
      httpPort: 0,
      nodeId: "",
      accountId: "",
    },
    denied: (capability, attempt) => outcome.denied.push(`${capability}: ${attempt}`),
    log: (level, message, fields) => {
      if (level === "error") outcome.errors.push(`${message} ${fields?.detail ?? ""}`);
    },
    trace: undefined,
  };
  const wasi = WASI_PREVIEW1.open(context, { args: ["guest", ...job.args] });
  try {
    const module = new WebAssembly.Module(job.wasm);
    const instance = new WebAssembly.Instance(module, { ...imports(wasi.imports), ...preparation(module) });
    wasi.bind(instance.exports);
    await promising(instance.exports._start as () => unknown)();
  } catch (error) {
    if (error instanceof GuestExit) outcome.exit = error.code;
    else outcome.trap = String(error);
  } finally {
    wasi.close();
    files?.close();
  }
  return outcome;
}

/** What a prepared module imports besides; nothing for any other. */
function preparation(module: WebAssembly.Module): WebAssembly.Imports {
  const prepared = WebAssembly.Module.customSections(module, PLAN_SECTION).length > 0;
  return prepared ? { ...interruptImports(createInterruptMemory(), preparedPlan(module)) } : {};
}

function grantsOf(job: GuestJob): Record<string, unknown> {
  const all = {
    clock: { wall: true, monotonic: true, resolutionNs: 1000 },
    random: true,
    env: true,
    stdio: true,
    ...(job.loose ? {} : { files: job.files }),
  };
  return Object.fromEntries(Object.entries(all).filter(([name]) => !job.without.includes(name)));
}

function withFiles(
  capabilities: GuestContext["capabilities"],
  files: Files | undefined,
): GuestContext["capabilities"] {
  return files === undefined ? capabilities : { ...capabilities, files };
}

function imports(groups: ReturnType<typeof WASI_PREVIEW1.open>["imports"]): WebAssembly.Imports {
  const waits = new Set(WASI_PREVIEW1.functions.filter((fn) => fn.suspends).map((fn) => fn.name));
  return Object.fromEntries(
    Object.entries(groups).map(([module, functions]) => [
      module,
      Object.fromEntries(
        Object.entries(functions).map(([name, fn]) => [
          name,
          waits.has(name) ? suspending(fn) : fn as WebAssembly.ImportValue,
        ]),
      ),
    ]),
  );
}
