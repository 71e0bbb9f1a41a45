/** The record of a management action: who did what to what, and how it ended. */
import type { Caller } from "./caller.ts";

/** One action. Plain JSON, one line each in the audit log. */
export interface AuditRecord {
  /** ms since 1970. */
  readonly atMs: number;
  /** What was done: `image.deploy`, `service.create`, `service.remove`, `grant.approve`, `key.create`, `auth` … */
  readonly action: string;
  /** On what; "" where there is nothing to name. */
  readonly target: string;
  /** `ok`, `refused` (not proven or not allowed), `failed` (tried and did not work). */
  readonly outcome: "ok" | "refused" | "failed";
  /** The code of the error when it did not go well. */
  readonly code?: string;
  /** "" when nobody was proven. */
  readonly clientId: string;
  /** The key's name or the token's subject; "" when nobody was proven. */
  readonly via: string;
  readonly remoteAddress: string;
  readonly requestId?: string;
}

/** What is known of an action before it ends. */
export interface AuditSubject {
  readonly action: string;
  readonly target?: string;
  readonly caller: Caller | null;
  readonly remoteAddress: string;
  readonly requestId?: string;
}

/** The record of an action that ended; `error` has a `code` when it is one of Berth's. */
export function auditRecord(subject: AuditSubject, error?: unknown, nowMs: number = Date.now()): AuditRecord {
  const code = error === undefined ? undefined : (error as { code?: unknown }).code;
  const refused = subject.caller === null || code === "scope-missing" || code === "token-scope";
  return {
    atMs: nowMs,
    action: subject.action,
    target: subject.target ?? "",
    outcome: error === undefined ? "ok" : refused ? "refused" : "failed",
    ...(error === undefined ? {} : { code: typeof code === "string" ? code : "internal" }),
    clientId: subject.caller?.clientId ?? "",
    via: subject.caller?.via ?? "",
    remoteAddress: subject.remoteAddress,
    ...(subject.requestId === undefined ? {} : { requestId: subject.requestId }),
  };
}
