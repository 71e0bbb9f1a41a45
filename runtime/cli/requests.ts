/** The requests of `berth test`: what a service is asked, and what it must answer. */
import { isDeepStrictEqual } from "node:util";
import { join } from "@std/path";
import { z } from "zod";
import type { MadeCall } from "../../capabilities/fake.ts";
import { CliError } from "./errors.ts";
import { compareCalls, expectedCall, fileWorld, stepWorld } from "./test_world.ts";

/** Where a project keeps them. */
export const REQUESTS_FILE = "tests/requests.json";

const step = z.strictObject({
  name: z.string().min(1),
  world: stepWorld.optional().describe("What is different for this request."),
  request: z.strictObject({
    method: z.string().default("GET"),
    path: z.string().startsWith("/").describe("Below the service's base path, query included."),
    headers: z.record(z.string(), z.string()).default({}),
    body: z.string().optional(),
    json: z.unknown().optional(),
  }),
  expect: z.strictObject({
    status: z.int().optional(),
    headers: z.record(z.string(), z.string()).optional(),
    body: z.string().optional().describe("The whole body."),
    contains: z.string().optional().describe("A part of the body."),
    json: z.unknown().optional().describe("The whole body as JSON."),
    calls: z.array(expectedCall).optional().describe("What the service must have sent out, in order."),
  }),
});

const deployment = z.strictObject({
  env: z.record(z.string(), z.string()).optional(),
  secrets: z.record(z.string(), z.string()).default({}).describe("Values for a test, never real ones."),
  mounts: z.record(z.string(), z.string()).optional().describe("Guest path → folder of the project."),
  grants: z.record(z.string(), z.unknown()).optional(),
});

const wholeFile = z.strictObject({
  $schema: z.string().optional(),
  deployment: deployment.prefault({}),
  world: fileWorld.prefault({}),
  requests: z.array(step),
});

/** A list is short for an object with nothing but requests. */
const file = z.preprocess((value) => Array.isArray(value) ? { requests: value } : value, wholeFile);

/** One request and its answer. */
export type TestStep = z.infer<typeof step>;

/** What a project's file holds. */
export type TestFile = z.infer<typeof file>;

/** What became of a step. */
export interface StepOutcome {
  readonly name: string;
  /** What was wrong; empty when all was right. */
  readonly problems: readonly string[];
  readonly elapsedMs: number;
}

/** Reads a project's requests; throws `project-incomplete` with the place of a mistake. */
export async function readRequests(folder: string): Promise<TestFile> {
  const path = join(folder, REQUESTS_FILE);
  const text = await Deno.readTextFile(path).catch(() => undefined);
  const fix =
    'Write [{"name": "…", "request": {"path": "/"}, "expect": {"status": 200}}] to it; see `berth new`.';
  if (text === undefined) {
    throw new CliError("project-incomplete", `Looked for ${REQUESTS_FILE} in ${folder} and did not find it`, {
      fix,
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new CliError(
      "project-incomplete",
      `Read ${path}: ${error instanceof Error ? error.message : error}`,
      { fix },
    );
  }
  const parsed = file.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new CliError("project-incomplete", `Read ${path}:\n${z.prettifyError(parsed.error)}`, { fix });
}

/** Makes one request and compares the answer, and the calls that `made` holds by then. */
export async function runStep(
  { name, request, expect }: TestStep,
  send: (request: Request) => Response | Promise<Response>,
  address: string,
  made: () => readonly MadeCall[] = () => [],
): Promise<StepOutcome> {
  const startedMs = performance.now();
  const headers = new Headers(request.headers);
  if (request.json !== undefined && !headers.has("content-type")) {
    headers.set("content-type", "application/json");
  }
  const body = request.json === undefined ? request.body : JSON.stringify(request.json);
  const response = await send(
    new Request(address + request.path, {
      method: request.method,
      headers,
      ...(body === undefined ? {} : { body }),
    }),
  );
  const text = await response.text();
  const problems = compare(expect, response, text);
  if (expect.calls !== undefined) problems.push(...compareCalls(expect.calls, made()));
  return { name, problems, elapsedMs: performance.now() - startedMs };
}

function compare(expect: TestStep["expect"], response: Response, text: string): string[] {
  const problems: string[] = [];
  const wrong = (what: string, got: unknown, wanted: unknown) =>
    problems.push(`${what} is ${JSON.stringify(got)} and should be ${JSON.stringify(wanted)}`);
  // A service that fails is not right by accident: without a wanted status, it is one of success.
  if (expect.status === undefined ? !response.ok : response.status !== expect.status) {
    problems.push(
      `the status is ${response.status} and should be ${expect.status ?? "2xx"}; the body: ${
        text.slice(0, 500)
      }`,
    );
  }
  for (const [name, wanted] of Object.entries(expect.headers ?? {})) {
    const got = response.headers.get(name);
    if (got !== wanted) wrong(`the header ${name}`, got, wanted);
  }
  if (expect.body !== undefined && text !== expect.body) wrong("the body", text, expect.body);
  if (expect.contains !== undefined && !text.includes(expect.contains)) {
    problems.push(`the body lacks ${JSON.stringify(expect.contains)}: ${text.slice(0, 500)}`);
  }
  if (expect.json !== undefined) {
    const got = readJson(text);
    if (!isDeepStrictEqual(got, expect.json)) wrong("the body", got ?? text, expect.json);
  }
  return problems;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
