/** Runs hostile guests under a deadline and says when and how each ended. */
import { InterruptTurns } from "../../runtime/worker/interrupt.ts";
import { type Exports, instantiateAny } from "./instantiate.ts";

/** What to run. */
export interface HostileJob {
  readonly module: WebAssembly.Module;
  readonly word: WebAssembly.Memory;
  readonly limitMs: number;
  readonly times: number;
}

/** How it went: how late each stop was. */
export interface HostileResult {
  readonly lateMs: readonly number[];
  readonly stopped: number;
  readonly errors: readonly string[];
}

function run({ module, word, limitMs, times }: HostileJob): HostileResult {
  const turns = new InterruptTurns(word);
  const lateMs: number[] = [];
  const errors = new Set<string>();
  let stopped = 0;
  for (let round = 0; round < times; round++) {
    let exports: Exports = {};
    const call = (name: string, ...args: number[]) => {
      const fn = exports[name];
      if (typeof fn === "function") fn(...args);
    };
    const host = { call: (depth: number) => call("run2", depth) };
    const deadlineMs = performance.now() + limitMs;
    turns.enter(deadlineMs);
    try {
      exports = instantiateAny(module, { host }, word).exports;
      call("run");
      errors.add("returned");
    } catch (error) {
      errors.add(error instanceof WebAssembly.RuntimeError ? "trap" : String(error));
    }
    if (turns.stopped) stopped++;
    turns.leave();
    lateMs.push(performance.now() - deadlineMs);
  }
  return { lateMs, stopped, errors: [...errors] };
}

interface WorkerScope {
  onmessage: (event: MessageEvent<HostileJob>) => void;
  postMessage(result: HostileResult): void;
}

// The worker's own global scope; the project compiles with the window's types.
const scope = globalThis as unknown as WorkerScope;
scope.onmessage = ({ data }) => scope.postMessage(run(data));
