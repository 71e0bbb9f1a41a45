/** The console's types, from the schemas of the replies; only its JSDoc imports this file. */
import type { z } from "zod";
import type * as replies from "../openapi/replies.ts";

/** A service in a list. */
export type ServiceSummary = z.infer<typeof replies.serviceSummary>;
/** Everything about one service. */
export type ServiceDetails = z.infer<typeof replies.serviceDetails>;
/** The host about itself. */
export type HostDescription = z.infer<typeof replies.hostDescription>;
/** The table of limits. */
export type LimitList = z.infer<typeof replies.limitList>;
/** A line of a log. */
export type LogEntry = z.infer<typeof replies.logEntry>;
/** A latency histogram. */
export type Latency = z.infer<typeof replies.latency>;
/** An error of the host. */
export type Problem = z.infer<typeof replies.problem>;

/** A service after a grant was taken back. */
export type Revoked = z.infer<typeof replies.revoked>;
/** Deployments of a service. */
export type History = z.infer<typeof replies.history>;
/** A deployment that waits for the operator's word. */
export type Approval = z.infer<typeof replies.approvalList>["approvals"][number];

/** A key of the host. */
export type Key = z.infer<typeof replies.key>;
/** A key that was just made. */
export type NewKey = z.infer<typeof replies.newKey>;
/** A line of the audit log. */
export type Action = z.infer<typeof replies.action>;

/** What a service did between two readings of its counters. */
export interface Sample {
  /** When the second reading was made (ms since 1970). */
  readonly atMs: number;
  readonly requestsPerSecond: number;
  readonly errorsPerSecond: number;
  /** Share of one processor core, 1 is all of it. */
  readonly cpuShare: number;
  readonly open: number;
  readonly waiting: number;
  /** Quantiles of latency (ms); null when there were no requests. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
}

/** A line of a chart. */
export interface Series {
  readonly label: string;
  /** The class that colours it: `a`, `b`, `c` or `bad`. */
  readonly tone: "a" | "b" | "c" | "bad";
  readonly values: readonly (number | null)[];
}
