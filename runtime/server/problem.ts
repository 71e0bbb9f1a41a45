/** Errors as callers see them: RFC 9457 problems, and mimOE's shape below `/mcm`. */
import { asBerthError, errorSpec } from "../errors.ts";
import type { BerthError } from "../error.ts";

/** The body of an error, `application/problem+json`. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly fix: string;
  readonly requestId?: string;
  readonly [field: string]: unknown;
}

/** The problem of an error; nothing internal is in it. */
export function problemOf(error: BerthError, requestId?: string): Problem {
  const { status, title, fix } = errorSpec(error.code);
  return {
    type: `urn:berth:error:${error.code}`,
    title,
    status,
    detail: error.detail,
    code: error.code,
    fix,
    ...error.data,
    ...(requestId ? { requestId } : {}),
  };
}

function headersOf(error: BerthError, type: string, requestId?: string): Headers {
  const headers = new Headers({ "content-type": type });
  if (requestId) headers.set("x-request-id", requestId);
  const { retryAfterSeconds, challenge } = error.data;
  if (typeof retryAfterSeconds === "number") headers.set("retry-after", String(retryAfterSeconds));
  if (typeof challenge === "string") headers.set("www-authenticate", challenge);
  return headers;
}

/** A response for any thrown thing. */
export function problemResponse(thrown: unknown, requestId?: string): Response {
  const error = asBerthError(thrown);
  const problem = problemOf(error, requestId);
  return new Response(JSON.stringify(problem) + "\n", {
    status: responseStatus(problem.status),
    headers: headersOf(error, "application/problem+json", requestId),
  });
}

/** The same in mimOE's shape: `{error: {code, message}}`. Its clients know 403 for a missing or wrong key. */
export function mimoeErrorResponse(thrown: unknown): Response {
  const error = asBerthError(thrown);
  const { status: plain, fix } = errorSpec(error.code);
  const status = plain === 401 ? 403 : plain;
  const body = {
    code: status,
    message: error.detail,
    error: { code: status, message: error.detail, reason: error.code, fix },
  };
  return new Response(JSON.stringify(body) + "\n", {
    status: responseStatus(status),
    headers: mimoeHeaders(error),
  });
}

/** A challenge belongs to 401. */
function mimoeHeaders(error: BerthError): Headers {
  const headers = headersOf(error, "application/json");
  headers.delete("www-authenticate");
  return headers;
}

/** 499 is for logs only; whoever still listens gets 500. */
const responseStatus = (status: number) => status === 499 ? 500 : status;
