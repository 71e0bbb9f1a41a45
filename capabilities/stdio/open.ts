/** The `stdio` capability, the worker's half, for a service: lines of the service's log, bounded. */
import type { OpenContext } from "../capability.ts";
import { LineBuffer } from "./lines.ts";
import { droppedLines, RateGate } from "./rate.ts";
import type { Stdio } from "./stdio.ts";

type StdioContext = Pick<OpenContext, "log"> & {
  readonly limits: Pick<OpenContext["limits"], "logLineMaxBytes" | "logMaxBytesPerSecond">;
};

const NOTHING = new Uint8Array();

/** Opens the streams of a service: output goes to its log, input is at its end. */
export function openStdio(_grant: true, context: StdioContext, nowMs = () => performance.now()): Stdio {
  const { logMaxBytesPerSecond } = context.limits;
  const gate = new RateGate(
    logMaxBytesPerSecond,
    nowMs,
    (dropped) => context.log(droppedLines(dropped, logMaxBytesPerSecond)),
  );
  return session(context, gate);
}

function session(context: StdioContext, gate: RateGate): Stdio {
  const lines = (stream: "stdout" | "stderr") => {
    const level = stream === "stdout" ? "info" : "warn";
    return new LineBuffer(context.limits.logLineMaxBytes, (message, bytes) => {
      if (gate.admit(bytes)) context.log({ level, source: stream, message });
    });
  };
  const streams = { stdout: lines("stdout"), stderr: lines("stderr") };
  const flush = () => {
    streams.stdout.flush();
    streams.stderr.flush();
    gate.report();
  };
  return {
    write: (stream, bytes) => streams[stream].write(bytes),
    flush,
    read: () => NOTHING,
    inputState: () => ({ bytes: 0, ended: true }),
    inputReady: () => Promise.resolve(),
    isTerminal: () => false,
    session: () => session(context, gate),
    close: flush,
  };
}
