/** A service's log over HTTP: lines of JSON, and as they come when asked to follow. */
import type { LogEntry, ServiceLog } from "../log.ts";

/** Lines that may wait for a slow reader before it is cut off. */
const BEHIND_MAX_COUNT = 10_000;

/** The last `tail` lines, then the new ones if `follow`, until `ends` is aborted. */
export function followLog(
  log: ServiceLog,
  { tail, follow, ends }: { readonly tail: number; readonly follow: boolean; readonly ends: AbortSignal },
): Response {
  const encoder = new TextEncoder();
  const line = (entry: LogEntry) => encoder.encode(JSON.stringify(entry) + "\n");
  let stop = () => {};
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const entry of log.tail(tail)) controller.enqueue(line(entry));
      if (!follow) return controller.close();
      const end = () => {
        stop();
        controller.close();
      };
      const unfollow = log.follow((entry) => {
        controller.enqueue(line(entry));
        if ((controller.desiredSize ?? 0) <= -BEHIND_MAX_COUNT) end();
      });
      stop = () => {
        unfollow();
        ends.removeEventListener("abort", end);
      };
      if (ends.aborted) end();
      else ends.addEventListener("abort", end);
    },
    cancel: () => stop(),
  });
  return new Response(body, {
    headers: { "content-type": "application/x-ndjson", "cache-control": "no-store" },
  });
}
