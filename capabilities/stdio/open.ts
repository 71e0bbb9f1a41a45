/** The `stdio` capability, the worker's half, for a service: lines of the service's log, bounded. */
import type { OpenContext } from "../capability.ts";
import { LineBuffer } from "./lines.ts";
import { RateGate } from "./rate.ts";
import type { Stdio } from "./stdio.ts";

type StdioContext = Pick<OpenContext, "log"> & {
  readonly limits: Pick<OpenContext["limits"], "logLineMaxBytes" | "logMaxBytesPerSecond">;
};

const NOTHING = new Uint8Array();

/** Opens the streams of a service: output goes to its log, input is at its end. */
export function openStdio(_grant: true, context: StdioContext, nowMs = () => performance.now()): Stdio {
  const gate = new RateGate(context.limits.logMaxBytesPerSecond, nowMs, (dropped) =>
    context.log({
      level: "warn",
      source: "host",
      message: `dropped ${dropped.lines} lines of output (${dropped.bytes} bytes): ` +
        `more than ${context.limits.logMaxBytesPerSecond} bytes in a second`,
    }));
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
