/** The `clock` capability, the host's half: what a manifest may ask. */
import { z } from "zod";
import { type CapabilityDefinition, planNothing } from "../capability.ts";

/** What a granted clock may tell; complete, as stored. */
export interface ClockGrant {
  /** The time of day. */
  readonly wall: boolean;
  /** Time since some start, for measuring. */
  readonly monotonic: boolean;
  /** Readings are cut to whole multiples of this many nanoseconds. */
  readonly resolutionNs: number;
}

/** One microsecond: finer readings serve timing attacks more than programs. */
export const CLOCK_RESOLUTION_DEFAULT_NS = 1_000;

/** One minute: past that a clock is of no use, and the number is probably a mistake. */
export const CLOCK_RESOLUTION_MAX_NS = 60_000_000_000;

const both = { wall: true, monotonic: true, resolutionNs: CLOCK_RESOLUTION_DEFAULT_NS };

const schema = z.union([
  z.literal(true).transform((): ClockGrant => both),
  z.strictObject({
    wall: z.boolean().default(true),
    monotonic: z.boolean().default(true),
    resolutionNs: z.number().int().min(1).max(CLOCK_RESOLUTION_MAX_NS).default(CLOCK_RESOLUTION_DEFAULT_NS),
  }).refine(
    (grant) => grant.wall || grant.monotonic,
    "a clock that tells nothing: leave the key out instead",
  ),
]);

/** The `clock` capability: `true`, or `{wall?, monotonic?, resolutionNs?}`. */
export const clockCapability: CapabilityDefinition<ClockGrant> = {
  name: "clock",
  summary: "reads the time",
  schema,
  plan: planNothing,
  describe: (grant) => [
    ...(grant.wall ? [`reads the time of day, to ${grant.resolutionNs} ns`] : []),
    ...(grant.monotonic ? [`measures time spans, to ${grant.resolutionNs} ns`] : []),
  ],
};
