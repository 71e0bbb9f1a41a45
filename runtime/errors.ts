/** Every error of Berth: the closed union of codes, and their texts, joined from one table per folder. */
import { AUTH_ERRORS } from "./auth/errors.ts";
import { BerthError, type ErrorSpec, type ErrorTable } from "./error.ts";
import { STORE_ERRORS } from "./store/errors.ts";
import { UNIT_ERRORS } from "./unit/errors.ts";
import { PREPARE_ERRORS } from "./unit/prepare/errors.ts";
import { WORKER_ERRORS } from "./worker/errors.ts";

/** Errors of the host itself. */
export const HOST_ERRORS = {
  "deployment-invalid": {
    status: 400,
    title: "The deployment is not valid",
    fix: "Correct what the detail names; `berth deploy --help` shows the options.",
  },
  "mount-open": {
    status: 400,
    title: "A folder is not said",
    fix: 'Deploy with --mount GUEST=FOLDER, or write "host" into the mount in berth.json.',
  },
  "health-failed": {
    status: 422,
    title: "The new version does not pass its health check",
    fix: "The version before it still serves. The log has what the check did: berth logs NAME.",
  },
  "approval-needed": {
    status: 403,
    title: "The operator must approve",
    fix:
      "See what is asked with `berth grant NAME`, then approve it there, or name the capabilities in the call.",
  },
  "nothing-pending": {
    status: 409,
    title: "Nothing waits for approval",
    fix: "`berth grant NAME` shows what a service holds and what waits.",
  },
  "grant-not-held": {
    status: 409,
    title: "The service does not hold this",
    fix: "`berth grant NAME --show` shows what it holds, a line each; copy the line whole.",
  },
  "grant-not-divisible": {
    status: 409,
    title: "This cannot be taken back by itself",
    fix: "Take the whole capability back, or deploy again with --grants and what it may keep.",
  },
  "revision-unknown": {
    status: 404,
    title: "There is no such earlier deployment",
    fix: "`berth rollback NAME --list` shows those that are kept.",
  },
  "grant-above-ceiling": {
    status: 403,
    title: "The host itself may not do what is granted",
    fix: "Start the host with the flag named, or grant less.",
  },
  "route-unknown": {
    status: 404,
    title: "Nothing answers at this path",
    fix: "`berth ls` shows the services and their addresses.",
  },
  "openapi-missing": {
    status: 404,
    title: "The service has no OpenAPI document",
    fix: 'Put one into the image and name it in berth.json: "openapi": "openapi.json".',
  },
  "upgrade-needed": {
    status: 426,
    title: "This address takes WebSocket connections only",
    fix: "Connect with ws:// or wss://; for HTTP leave /ws away.",
  },
  "websocket-denied": {
    status: 403,
    title: "The service accepts no WebSocket connections",
    fix: 'Its berth.json must ask for "websocket": true, and the operator grant it.',
  },
  "websocket-origin": {
    status: 403,
    title: "The service takes no connections of this page",
    fix: 'Name the page\'s origin in berth.json: "websocket": {"origins": ["https://app.example.com"]}.',
  },
  "websocket-unbounded": {
    status: 403,
    title: "No WebSocket connections on this front",
    fix: "Start the host with --front safe, which bounds what a client may send.",
  },
  "websocket-full": {
    status: 503,
    title: "The service has all the WebSocket connections that it may have",
    fix: "Try again later, or raise the limit websocketConnectionsMaxCount.",
  },
  "cluster-unknown": {
    status: 400,
    title: "Only the local network can be asked about",
    fix: "Ask with clusters=linkLocal or type=linkLocal; Berth has no accounts and no cloud.",
  },
  "worker-options-missing": {
    status: 500,
    title: "Deno was started without the option that services need",
    fix: 'Start it with --unstable-worker-options, or write "unstable": ["worker-options"] into deno.json.',
  },
  "management-unreadable": {
    status: 500,
    title: "Deno was started without the permission to load a part of Berth",
    fix:
      "Start it with --allow-read for Berth's own folder, or import that part in your program: runtime/management.ts and others.",
  },
  "host-closed": { status: 503, title: "The host is stopping", fix: "Try again when it runs." },
  "policy-invalid": {
    status: 400,
    title: "The policy is not valid",
    fix: 'Write {"grant": [{"services": ["api-hello"], "capabilities": {"http": true}}]}.',
  },
  "keys-elsewhere": {
    status: 409,
    title: "The host's keys are kept elsewhere",
    fix: "Use the means of the application that embeds this host.",
  },
  "request-too-large": {
    status: 413,
    title: "The request is too large",
    fix: "Send less.",
  },
  "request-invalid": {
    status: 400,
    title: "The request is not valid",
    fix: "Correct what the detail names.",
  },
} as const satisfies ErrorTable;

/** All errors. */
export const ERRORS = {
  ...HOST_ERRORS,
  ...WORKER_ERRORS,
  ...UNIT_ERRORS,
  ...PREPARE_ERRORS,
  ...STORE_ERRORS,
  ...AUTH_ERRORS,
} as const satisfies ErrorTable;

/** The code of any error of Berth. */
export type ErrorCode = keyof typeof ERRORS;

/** What a code means; an unknown one is a fault of Berth's. */
export function errorSpec(code: string): ErrorSpec {
  return ERRORS[code as ErrorCode] ?? ERRORS.internal;
}

/** Any thrown thing as an error of Berth; what is not one already is a fault of ours. */
export function asBerthError(error: unknown): BerthError {
  if (error instanceof BerthError) return error;
  const { message, stack = "" } = error instanceof Error ? error : new Error(String(error));
  return new BerthError("internal", "the host could not carry out the request", {}, stack || message);
}
