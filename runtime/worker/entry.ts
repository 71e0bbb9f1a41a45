/** The worker of one service: everything of the guest happens here. Started with exactly the planned permissions. */
import { WorkerRuntime } from "./runtime.ts";
import type { Boot, BootResult } from "./protocol.ts";
import { failureCode } from "./exchange.ts";

/** The worker's global scope, as far as it is used. */
interface Scope {
  onmessage: ((event: MessageEvent<Boot>) => void) | null;
  postMessage(result: BootResult): void;
  close(): void;
}

const scope = globalThis as unknown as Scope;

scope.onmessage = async ({ data: boot }) => {
  scope.onmessage = null;
  try {
    const runtime = new WorkerRuntime(boot);
    scope.postMessage(await runtime.start());
    await runtime.run();
  } catch (error) {
    const { message, stack = "" } = error instanceof Error ? error : new Error(String(error));
    scope.postMessage({ kind: "failed", failure: { code: failureCode(error), message, stack } });
  }
  scope.close();
};
