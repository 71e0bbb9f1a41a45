/** Limits of what a guest may hold and move through its capabilities. */
import type { LimitTable, LimitValues } from "./limit.ts";

/** The table; see {@link LimitTable}. */
export const CAPABILITY_LIMITS = {
  pathMaxBytes: {
    unit: "Bytes",
    default: 4096,
    ceiling: 4096,
    perService: false,
    reason: "The kernel's PATH_MAX; a longer path cannot name a file.",
  },
  randomCallMaxBytes: {
    unit: "Bytes",
    default: 1 << 20,
    ceiling: 16 << 20,
    perService: false,
    reason: "One random_get call is bounded so that it cannot hold the worker.",
  },
  logMaxBytesPerSecond: {
    unit: "BytesPerSecond",
    default: 256 << 10,
    ceiling: 16 << 20,
    perService: true,
    reason:
      "A flood of log lines must not fill the disk or starve the host; the rest is dropped and counted.",
  },
  logLineMaxBytes: {
    unit: "Bytes",
    default: 8 << 10,
    ceiling: 64 << 10,
    perService: false,
    reason: "A line is held in memory until its end; a longer one is cut and marked.",
  },
  storageMaxBytes: {
    unit: "Bytes",
    default: 64 << 20,
    ceiling: 8 * 2 ** 30,
    perService: true,
    reason: "Keys and values of one service, together.",
  },
  storageKeyMaxBytes: {
    unit: "Bytes",
    default: 1024,
    ceiling: 4096,
    perService: false,
    reason: "Keys are index entries; SQLite pages hold four of this size.",
  },
  storageValueMaxBytes: {
    unit: "Bytes",
    default: 4 << 20,
    ceiling: 64 << 20,
    perService: true,
    reason: "A value passes through guest memory in one piece.",
  },
  storagePageMaxCount: {
    unit: "Count",
    default: 1000,
    ceiling: 100_000,
    perService: false,
    reason: "Entries of one page of a listing, read at once into the worker's heap.",
  },
  storagePageMaxBytes: {
    unit: "Bytes",
    default: 8 << 20,
    ceiling: 64 << 20,
    perService: false,
    reason: "Keys and values of one page together; a single entry always fits.",
  },
  storageBatchMaxCount: {
    unit: "Count",
    default: 1000,
    ceiling: 100_000,
    perService: false,
    reason: "Steps of one batch; they hold the database, and the worker, until all are done.",
  },
  privateFilesMaxBytes: {
    unit: "Bytes",
    default: 256 << 20,
    ceiling: 64 * 2 ** 30,
    perService: true,
    reason: "What a service may keep in its private folder.",
  },
  scratchMaxBytes: {
    unit: "Bytes",
    default: 8 << 20,
    ceiling: 256 << 20,
    perService: true,
    reason: "The in-memory folder counts against the host's RAM.",
  },
  filesEntriesMaxCount: {
    unit: "Count",
    default: 10_000,
    ceiling: 1_000_000,
    perService: true,
    reason: "Entries in a private or scratch folder; each costs an inode or an object.",
  },
  egressConcurrencyMaxCount: {
    unit: "Count",
    default: 256,
    ceiling: 4096,
    perService: true,
    reason: "Open outbound requests of one service; each holds a socket.",
  },
  egressRequestMaxBytes: {
    unit: "Bytes",
    default: 8 << 20,
    ceiling: 1 << 30,
    perService: true,
    reason: "The body of one outbound request.",
  },
  egressResponseMaxBytes: {
    unit: "Bytes",
    default: 8 << 20,
    ceiling: 1 << 30,
    perService: true,
    reason: "The body of one answer held in memory; an endless one is cut with an error.",
  },
  egressMaxMs: {
    unit: "Ms",
    default: 30_000,
    ceiling: 600_000,
    perService: true,
    reason: "One outbound request from connect to the last byte.",
  },
  egressUrlMaxBytes: {
    unit: "Bytes",
    default: 8 << 10,
    ceiling: 64 << 10,
    perService: false,
    reason: "The URL of an outbound request; servers refuse longer ones.",
  },
  egressHeadersMaxCount: {
    unit: "Count",
    default: 100,
    ceiling: 1000,
    perService: false,
    reason: "Headers of an outbound request, and those that an answer may have.",
  },
  egressHeadersMaxBytes: {
    unit: "Bytes",
    default: 32 << 10,
    ceiling: 256 << 10,
    perService: false,
    reason: "Names and values of an outbound request's headers together, and of an answer's.",
  },
  egressRedirectsMaxCount: {
    unit: "Count",
    default: 5,
    ceiling: 20,
    perService: false,
    reason: "Redirects followed for one outbound request; each is checked like the first.",
  },
} as const satisfies LimitTable;

/** The values in force for one service. */
export type CapabilityLimits = LimitValues<typeof CAPABILITY_LIMITS>;
