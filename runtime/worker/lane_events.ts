/** What a lane and its owner say to each other. */
import type { LogLine } from "../../capabilities/capability.ts";
import type { BerthError } from "../error.ts";
import type { CarryOut } from "./calls.ts";
import type { Lane } from "./lane.ts";
import type { Boot, Denial, GuestFailure } from "./protocol.ts";

/** What a lane tells its owner. */
export interface LaneEvents {
  log(line: LogLine): void;
  denied(denial: Denial): void;
  /** A request failed in the worker; its caller has its error already. */
  failed(requestId: string, failure: GuestFailure): void;
  /** A place is free. */
  freed(): void;
  /** An answer has begun, so long after its request came. */
  answered(tookMs: number): void;
  /** The answer to a request that failed. */
  problem(error: BerthError, requestId: string): Response;
  /** The guest asks for what only the host can do. */
  readonly carryOut: CarryOut;
  /** A fault of ours that no request shows. */
  fault(error: unknown): void;
  /** The worker ended: `error` is `null` when it was told to. */
  ended(lane: Lane, error: BerthError | null): void;
}

/** What a worker is started with, without what the lane makes itself. */
export type LaneBoot = Omit<Boot, "requests" | "answers" | "interrupt">;

/** Bytes of bodies to and from other hosts. */
export interface Egress {
  /** To other hosts. */
  readonly sentBytes: number;
  /** From them. */
  readonly receivedBytes: number;
}
