/** Bodies on the safe front, both ways: a stream each, held back by whoever is slower, cut when one side stalls. */
import type { IncomingMessage, ServerResponse } from "node:http";

/** A request's body; a client that sends nothing for so long is cut off. */
export function readBody(incoming: IncomingMessage, stallMaxMs: number): ReadableStream<Uint8Array> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => incoming.destroy(new Error("the client stopped sending")), stallMaxMs);
  };
  const rest = () => clearTimeout(timer);
  let done = false;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const fail = (error: Error) => {
        rest();
        if (done) return;
        done = true;
        controller.error(error);
      };
      incoming.on("data", (chunk: Uint8Array) => {
        if (done) return;
        controller.enqueue(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
        if ((controller.desiredSize ?? 0) > 0) return wait();
        rest(); // it is the reader's turn now
        incoming.pause();
      });
      incoming.on("end", () => {
        rest();
        if (done) return;
        done = true;
        controller.close();
      });
      incoming.on("error", fail);
      incoming.on("close", () => fail(new Error("the client left while it sent")));
      incoming.pause();
    },
    pull() {
      if (done) return;
      wait();
      incoming.resume();
    },
    cancel() {
      done = true;
      rest();
      incoming.pause();
    },
  });
}

/** Writes an answer's body; a client that takes nothing for so long is cut off. */
export async function writeBody(
  body: ReadableStream<Uint8Array>,
  outgoing: ServerResponse,
  stallMaxMs: number,
): Promise<void> {
  const reader = body.getReader();
  const gone = () => void reader.cancel("the client left").catch(() => {});
  outgoing.on("close", gone);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done || outgoing.destroyed) break;
      if (!outgoing.write(value)) await drained(outgoing, stallMaxMs);
    }
    outgoing.end();
  } catch {
    // The head has gone out: only a connection that breaks tells the client that the body is not whole.
    outgoing.destroy();
  } finally {
    outgoing.off("close", gone);
  }
}

function drained(outgoing: ServerResponse, stallMaxMs: number): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      outgoing.off("drain", end);
      outgoing.off("close", end);
      resolve();
    };
    const timer = setTimeout(() => outgoing.destroy(), stallMaxMs);
    outgoing.on("drain", end);
    outgoing.on("close", end);
  });
}
