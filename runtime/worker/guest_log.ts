/** What a guest makes its host hear of beside its answers: lines of the log, and what it was denied. */
import type { CapabilityName, LogLine } from "../../capabilities/capability.ts";
import { droppedLines, RateGate } from "../../capabilities/stdio/rate.ts";
import type { Limits } from "../limits.ts";
import { type Denial, TO_HOST } from "./protocol.ts";
import type { RingWriter } from "./ring_writer.ts";
import { sendJson } from "./send_json.ts";

/**
 * The words of one worker. The host's thread reads each of them, and a guest that goes round and round could keep it busy:
 * past the log's rate lines are dropped and counted, and denials are told together.
 */
export class GuestLog {
  readonly #gate: RateGate;
  /** Denials that were not told yet, with their count; the latest of each capability. */
  readonly #untold = new Map<CapabilityName, Denial>();

  /** @param requestId of the request whose guest runs now, if one does */
  constructor(
    private readonly answers: RingWriter,
    { logMaxBytesPerSecond }: Pick<Limits, "logMaxBytesPerSecond">,
    private readonly requestId: () => string | undefined,
  ) {
    this.#gate = new RateGate(
      logMaxBytesPerSecond,
      () => performance.now(),
      (dropped) => this.write(droppedLines(dropped, logMaxBytesPerSecond)),
    );
  }

  /** A line that is bounded already, or the worker's own. */
  readonly write = (line: LogLine): void => {
    const requestId = line.requestId ?? this.requestId();
    sendJson(this.answers, TO_HOST.LOG, 0, requestId ? { ...line, requestId } : line);
  };

  /** A line that the guest wrote. */
  line(line: LogLine): void {
    const fieldBytes = line.fields ? JSON.stringify(line.fields).length : 0;
    if (this.#gate.admit(line.message.length + fieldBytes)) this.write(line);
  }

  /** The guest was denied something. */
  denied(capability: CapabilityName, attempt: string, manifestLine: string): void {
    const count = 1 + (this.#untold.get(capability)?.count ?? 0);
    const denial = { capability, attempt, manifestLine, requestId: this.requestId() ?? "", count };
    // It takes no line's place, but its bytes are counted like theirs.
    if (this.#gate.takes(attempt.length + manifestLine.length)) this.#tell(denial);
    else this.#untold.set(capability, denial);
  }

  #tell(denial: Denial): void {
    this.#untold.delete(denial.capability);
    sendJson(this.answers, TO_HOST.DENIED, 0, denial);
  }

  /** A request is over: what is held back is told. */
  flush(): void {
    for (const denial of this.#untold.values()) this.#tell(denial);
    this.#gate.report();
  }
}
