/** Every limit of Berth in one table, joined from the layers. */
import { ABI_LIMITS } from "../abi/limits.ts";
import type { LimitTable, LimitValues } from "../capabilities/limit.ts";
import { CAPABILITY_LIMITS } from "../capabilities/limits.ts";

/** Limits of the runtime itself. */
export const RUNTIME_LIMITS = {
  memoryMaxBytes: {
    unit: "Bytes",
    default: 64 << 20,
    ceiling: 4 * 2 ** 30,
    perService: true,
    reason: "All linear memories of one instance together; growth past it gives -1.",
  },
  tableEntriesMaxCount: {
    unit: "Count",
    default: 65_536,
    ceiling: 1_000_000,
    perService: true,
    reason: "All tables of one instance together; each entry is a pointer on the host's heap.",
  },
  wallMaxMs: {
    unit: "Ms",
    default: 30_000,
    ceiling: 3_600_000,
    perService: true,
    reason: "One request from arrival in the worker to its answer; mimOE's default too.",
  },
  cpuMaxMs: {
    unit: "Ms",
    default: 10_000,
    ceiling: 3_600_000,
    perService: true,
    reason: "Time that one request may compute, waiting excluded.",
  },
  startMaxMs: {
    unit: "Ms",
    default: 10_000,
    ceiling: 120_000,
    perService: true,
    reason: "Start function, _start or _initialize of a new instance.",
  },
  concurrencyMaxCount: {
    unit: "Count",
    default: 64,
    ceiling: 1024,
    perService: true,
    reason: "Requests in one worker at once, each on an instance of its own.",
  },
  queueMaxCount: {
    unit: "Count",
    default: 256,
    ceiling: 16_384,
    perService: true,
    reason: "Requests that wait for a place; the next one gets 503 at once.",
  },
  requestBodyMaxBytes: {
    unit: "Bytes",
    default: 8 << 20,
    ceiling: 4 * 2 ** 30,
    perService: true,
    reason: "A request's body; a larger one gets 413 as soon as it is known.",
  },
  responseBodyMaxBytes: {
    unit: "Bytes",
    default: 64 << 20,
    ceiling: 64 * 2 ** 30,
    perService: true,
    reason: "An answer's body, all pieces together.",
  },
  responseHeadersMaxBytes: {
    unit: "Bytes",
    default: 16 << 10,
    ceiling: 24 << 10,
    perService: false,
    reason:
      "Names and values of one answer's headers; clients refuse more, and they go in one frame with a small body.",
  },
  responseHeadersMaxCount: {
    unit: "Count",
    default: 100,
    ceiling: 1000,
    perService: false,
    reason: "Headers of one answer.",
  },
  suspendedCallsMaxCount: {
    unit: "Count",
    default: 8_000,
    ceiling: 16_000,
    perService: false,
    reason: "Calls suspended in the whole process; V8 ends the process near 33,000.",
  },
  connectionsMaxCount: {
    unit: "Count",
    default: 4_096,
    ceiling: 65_536,
    perService: false,
    reason: "Connections of the safe front together; each costs some 17 KiB, also one that only waits.",
  },
  connectionsPerAddressMaxCount: {
    unit: "Count",
    default: 256,
    ceiling: 65_536,
    perService: false,
    reason: "Those from one address (IPv6: one network of 64 bits); the device's own are not counted so.",
  },
  moduleMaxBytes: {
    unit: "Bytes",
    default: 64 << 20,
    ceiling: 256 << 20,
    perService: false,
    reason: "One wasm module; it is decoded in memory.",
  },
  tarMaxBytes: {
    unit: "Bytes",
    default: 256 << 20,
    ceiling: 4 * 2 ** 30,
    perService: false,
    reason: "An uploaded image, as it comes and as it unpacks.",
  },
  tarEntriesMaxCount: {
    unit: "Count",
    default: 10_000,
    ceiling: 100_000,
    perService: false,
    reason: "Entries of an uploaded image; each becomes a file.",
  },
  manifestMaxBytes: {
    unit: "Bytes",
    default: 256 << 10,
    ceiling: 1 << 20,
    perService: false,
    reason: "The manifest is read whole before it is checked.",
  },
} as const satisfies LimitTable;

/** All limits. */
export const LIMITS = {
  ...CAPABILITY_LIMITS,
  ...ABI_LIMITS,
  ...RUNTIME_LIMITS,
} as const satisfies LimitTable;

/** The values in force for a service, complete. */
export type Limits = LimitValues<typeof LIMITS>;

/** @internal The name of a limit. */
export type LimitName = keyof typeof LIMITS;
