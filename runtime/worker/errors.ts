/** Errors of a request on its way through a worker. */
import type { ErrorTable } from "../error.ts";

/** Codes of requests that failed. */
export const WORKER_ERRORS = {
  "time-over": {
    status: 504,
    title: "The service took too long",
    fix: "Raise limits.wallMaxMs in berth.json, or answer sooner and do the rest in a later request.",
  },
  "cpu-over": {
    status: 504,
    title: "The service computed too long",
    fix: "Raise limits.cpuMaxMs in berth.json, or do less in one request.",
  },
  "service-failed": {
    status: 500,
    title: "The service failed",
    fix: "The service's log has the reason and a backtrace under this request's id: berth logs NAME.",
  },
  "service-answer": {
    status: 502,
    title: "The service gave no valid answer",
    fix: "A handler must send exactly one answer with a status from 200 to 599 and valid headers.",
  },
  "service-busy": {
    status: 503,
    title: "The service is busy",
    fix:
      "Try again after the time in Retry-After; limits.concurrencyMaxCount and queueMaxCount say how much it takes.",
  },
  "service-stopped": {
    status: 503,
    title: "The service is not running",
    fix: "Its log and `berth inspect NAME` say why it stopped.",
  },
  "body-too-large": {
    status: 413,
    title: "The body is too large",
    fix: "Send less, or raise limits.requestBodyMaxBytes.",
  },
  "head-too-large": {
    status: 431,
    title: "The headers are too large",
    fix: "Send fewer or shorter headers, or a shorter URL.",
  },
  "client-gone": { status: 499, title: "The client left", fix: "Nothing; nobody reads this." },
  "start-failed": {
    status: 422,
    title: "The service cannot start",
    fix: "The detail says what its start did; try it on your machine with `berth run` or `berth test`.",
  },
  "internal": {
    status: 500,
    title: "Berth has a fault",
    fix: "Please report it with the host's log.",
  },
} as const satisfies ErrorTable;
