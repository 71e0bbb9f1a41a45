/** The standard streams of `berth run`: those of the process, byte for byte. */
import type { Stdio } from "../../capabilities/stdio/stdio.ts";
import type { RunMessage, RunStart } from "./run_protocol.ts";
import type { RunShared } from "./run_shared.ts";

/** How long a guest's first look at its input may take: what lies ready is there by then. */
const FIRST_LOOK_MAX_MS = 250;

/** Opens them. Output goes out at once and in order; input is read by the host once the guest asks for it. */
export function runStdio(
  start: Pick<RunStart, "terminals" | "direct">,
  shared: RunShared,
  post: (message: RunMessage) => void,
): Stdio {
  let asked = false;
  const ask = () => {
    if (asked) return;
    asked = true;
    post({ type: "input" });
  };
  const stdio: Stdio = {
    write(stream, bytes) {
      if (start.direct) writeAll(stream === "stdout" ? Deno.stdout : Deno.stderr, bytes);
      else post({ type: "output", stream, bytes: bytes.slice() });
    },
    flush() {},
    read(max) {
      ask();
      return shared.read(max);
    },
    inputState() {
      if (!asked) {
        ask();
        shared.settle(FIRST_LOOK_MAX_MS);
      }
      const bytes = shared.waiting;
      return { bytes, ended: bytes === 0 && shared.ended };
    },
    inputReady: (timeoutMs) => shared.ready(timeoutMs),
    isTerminal: (descriptor) => start.terminals[descriptor] ?? false,
    session: () => stdio,
    close() {},
  };
  return stdio;
}

function writeAll(stream: { writeSync(bytes: Uint8Array): number }, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
}
