/** The scenarios under load. */
import { BODY_IN_BYTES, ECHO_BYTES } from "./guests/guests.ts";
import type { LoadRequest } from "./load/load.ts";
import type { Work } from "./subjects/subject.ts";

/** A scenario under load. */
export interface LoadScenario {
  readonly name: string;
  readonly title: string;
  readonly work: Work;
  readonly connections: readonly number[];
  readonly request: Omit<LoadRequest, "paths">;
}

const GET = { method: "GET" } as const;
const USUAL = [64];

function jsonText(bytes: number): string {
  const start = '{"text":"', end = '"}';
  return start + "x".repeat(bytes - start.length - end.length) + end;
}

/** All of them. */
export const LOAD_SCENARIOS: readonly LoadScenario[] = [
  { name: "hello", title: "hello", work: "hello", connections: [1, 64, 512], request: GET },
  {
    name: "echo",
    title: "1 KiB JSON echo",
    work: "echo",
    connections: USUAL,
    request: { method: "POST", contentType: "application/json", body: jsonText(ECHO_BYTES) },
  },
  {
    name: "body-in",
    title: "64 KiB body in",
    work: "body-in",
    connections: USUAL,
    request: { method: "POST", contentType: "text/plain", body: "x".repeat(BODY_IN_BYTES) },
  },
  { name: "body-out", title: "1 MiB body out", work: "body-out", connections: [16], request: GET },
  { name: "compute", title: "10 ms of compute", work: "compute", connections: [16], request: GET },
  { name: "egress", title: "egress of 20 ms, 256 at once", work: "egress", connections: [256], request: GET },
  { name: "storage-read", title: "storage read", work: "storage-read", connections: USUAL, request: GET },
  {
    name: "storage-write",
    title: "storage write, durable",
    work: "storage-write",
    connections: USUAL,
    request: GET,
  },
  { name: "file", title: "4 KiB file read", work: "file", connections: USUAL, request: GET },
  { name: "many", title: "20 services in turn", work: "many", connections: USUAL, request: GET },
];
