/** Limits of what a guest may ask in one call. */
import type { LimitTable, LimitValues } from "../capabilities/limit.ts";

/** The table; see {@link LimitTable}. */
export const ABI_LIMITS = {
  iovecsMaxCount: {
    unit: "Count",
    default: 1024,
    ceiling: 1024,
    perService: false,
    reason: "IOV_MAX of Linux; programs split longer lists.",
  },
  descriptorsMaxCount: {
    unit: "Count",
    default: 256,
    ceiling: 4096,
    perService: true,
    reason: "Open descriptors of one instance; each may hold a descriptor of the host's process.",
  },
  pollSubscriptionsMaxCount: {
    unit: "Count",
    default: 1024,
    ceiling: 4096,
    perService: false,
    reason: "Subscriptions of one poll_oneoff; each is looked at in turn.",
  },
  messageMaxBytes: {
    unit: "Bytes",
    default: 16 << 20,
    ceiling: 256 << 20,
    perService: true,
    reason: "One message of the serverless ABI, decoded in one piece.",
  },
  messageDepthMaxCount: {
    unit: "Count",
    default: 32,
    ceiling: 64,
    perService: false,
    reason: "Nesting of a message; decoding recurses.",
  },
  messagesPendingMaxCount: {
    unit: "Count",
    default: 256,
    ceiling: 4096,
    perService: true,
    reason: "Calls of one request that wait for an answer.",
  },
} as const satisfies LimitTable;

/** The values in force for one service. */
export type AbiLimits = LimitValues<typeof ABI_LIMITS>;
