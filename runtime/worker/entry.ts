/** The worker of one service: everything of the guest happens here. Started with exactly the planned permissions. */
import { failureCode } from "./exchange.ts";
import { type Boot, TO_HOST, type WorkerState } from "./protocol.ts";
import { RingWriter } from "./ring_writer.ts";
import { WorkerRuntime } from "./runtime.ts";

/** The worker's global scope, as far as it is used. */
interface Scope {
  onmessage: ((event: MessageEvent<Boot>) => void) | null;
  close(): void;
}

const scope = globalThis as unknown as Scope;

scope.onmessage = async ({ data: boot }) => {
  scope.onmessage = null;
  const answers = new RingWriter(boot.answers);
  // Through the ring: a message posted right before the end of a worker may be lost.
  const tell = (state: WorkerState) => {
    const bytes = new TextEncoder().encode(JSON.stringify(state));
    while (!answers.write(TO_HOST.STATE, 0, 0, bytes)) answers.waitForRoom(100);
    answers.tell(); // an error may have come between a hush and its end
  };
  try {
    const runtime = await WorkerRuntime.open(boot, answers);
    tell(await runtime.start());
    await runtime.run();
    tell({ kind: "stopped" });
  } catch (error) {
    const { message, stack = "" } = error instanceof Error ? error : new Error(String(error));
    tell({ kind: "failed", failure: { code: failureCode(error), message, stack: stack.slice(0, 8192) } });
  }
  scope.close();
};
