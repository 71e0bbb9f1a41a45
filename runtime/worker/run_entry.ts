/** The worker behind `berth run`: one WASI command, its streams passed through. */
/// <reference lib="deno.worker" />
import type { GuestContext } from "../../abi/abi.ts";
import { GuestExit } from "../../abi/exit.ts";
import { promising, suspending } from "../../abi/jspi.ts";
import { ABI_LIMITS } from "../../abi/limits.ts";
import { WASI_PREVIEW1 } from "../../abi/wasi_preview1/mod.ts";
import type { OpenContext } from "../../capabilities/capability.ts";
import { CapabilityError } from "../../capabilities/error.ts";
import type { LimitTable, LimitValues } from "../../capabilities/limit.ts";
import { CAPABILITY_LIMITS } from "../../capabilities/limits.ts";
import { openCapabilities } from "../../capabilities/open_all.ts";
import { preparedPlan } from "../prepared.ts";
import { createInterruptMemory, interruptImports } from "./interrupt.ts";
import { LINK_ANSWERS, type RunMessage, type RunStart } from "./run_protocol.ts";
import { RunShared } from "./run_shared.ts";
import { runStdio } from "./run_stdio.ts";

/** How long the worker waits for the host to make a link. */
const LINK_MAX_MS = 10_000;

const post = (message: RunMessage) => self.postMessage(message);

self.onmessage = (event: MessageEvent<RunStart>) => {
  run(event.data).then((code) => post({ type: "exit", code }), (error) => post(endOf(error)));
};

/** A single program on its owner's machine: nothing is shared, so each limit is what an operator may raise it to. */
function ceilings<T extends LimitTable>(table: T): LimitValues<T> {
  return Object.fromEntries(
    Object.entries(table).map(([name, { ceiling }]) => [name, ceiling]),
  ) as LimitValues<T>;
}

function contextOf(start: RunStart): GuestContext {
  const shared = new RunShared(start.shared);
  const place = { privateFolder: "", storageFile: "", assetsFolder: null };
  const open: OpenContext = {
    place,
    limits: ceilings(CAPABILITY_LIMITS),
    config: start.env,
    log() {},
    makeLink(hostFolder, path, text) {
      post({ type: "link", request: { hostFolder, path, text } });
      const answer = LINK_ANSWERS[shared.takeAnswer(LINK_MAX_MS) ?? 1] ?? "io";
      if (answer !== "ok") throw new CapabilityError(answer, "the link could not be made");
    },
  };
  const grants = {
    clock: { wall: true, monotonic: true, resolutionNs: 1 },
    random: true,
    env: true,
    ...(start.files ? { files: start.files } : {}),
  };
  const capabilities = { ...openCapabilities(grants, open), stdio: runStdio(start, shared, post) };
  const text = (message: string) =>
    capabilities.stdio.write("stderr", new TextEncoder().encode(`berth run: ${message}\n`));
  return {
    capabilities,
    limits: { ...open.limits, ...ceilings(ABI_LIMITS) },
    service: {
      id: "run",
      name: "run",
      version: "0",
      clientId: "",
      basePath: "/",
      httpPort: 0,
      nodeId: "",
      accountId: "",
    },
    denied() {},
    log: (_level, message, fields) => text(fields?.detail ? `${message}: ${fields.detail}` : message),
    trace: start.trace ? (line) => post({ type: "trace", line }) : undefined,
  };
}

/** Runs the command to its end; gives its exit code. */
async function run(start: RunStart): Promise<number> {
  const wasi = WASI_PREVIEW1.open(contextOf(start), { args: start.args });
  try {
    const added = interruptImports(createInterruptMemory(), preparedPlan(start.module));
    const instance = new WebAssembly.Instance(start.module, { ...importsOf(wasi.imports), ...added });
    wasi.bind(instance.exports);
    const entry = instance.exports._start ?? instance.exports._initialize;
    if (typeof entry !== "function") throw new Error("the module has no export _start");
    await promising(entry as () => unknown)();
    return 0;
  } catch (error) {
    if (error instanceof GuestExit) return error.code;
    throw error;
  } finally {
    wasi.close();
  }
}

function importsOf(imports: ReturnType<typeof WASI_PREVIEW1.open>["imports"]): WebAssembly.Imports {
  const waits = new Set(WASI_PREVIEW1.functions.filter((fn) => fn.suspends).map((fn) => fn.name));
  return Object.fromEntries(
    Object.entries(imports).map(([module, functions]) => [
      module,
      Object.fromEntries(
        Object.entries(functions).map((
          [name, fn],
        ) => [name, waits.has(name) ? suspending(fn) : fn as WebAssembly.ImportValue]),
      ),
    ]),
  );
}

/** How a run ended that did not exit: by a trap of the guest (with the guest's frames), or before it began. */
function endOf(error: unknown): RunMessage {
  const { name, message, stack = "" } = error instanceof Error ? error : new Error(String(error));
  const isTrap = error instanceof WebAssembly.RuntimeError || error instanceof RangeError ||
    stack.includes("wasm-function");
  if (!isTrap) return { type: "failed", text: message };
  const frames = stack.split("\n").filter((line) => line.includes("wasm")).map((line) => line.trim());
  return { type: "trap", text: [`${name}: ${message}`, ...frames.map((line) => `    ${line}`)].join("\n") };
}
