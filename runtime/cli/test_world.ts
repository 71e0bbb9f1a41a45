/** The world of `berth test`: what a project's tests say of other hosts, services, time, chance and storage. */
import { z } from "zod";
import type { FakedAnswer, FakedCall, FakedWorld, Fakes, MadeCall } from "../../capabilities/fake.ts";

const BODY_KEYS = "give one of body and json, not both";
const headers = z.record(z.string(), z.string()).default({});

const answer = z.union([
  z.strictObject({
    error: z.enum(["unreachable", "timeout", "busy", "too-large"]).describe("How the call fails."),
  }),
  z.strictObject({
    status: z.int().min(200).max(599).default(200),
    headers,
    body: z.string().optional(),
    json: z.unknown().optional(),
  }).refine(({ body, json }) => body === undefined || json === undefined, BODY_KEYS),
]).transform((given): FakedAnswer => "error" in given ? given : whole(given));

function whole(
  { status, headers, body = "", json }: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string | undefined;
    readonly json?: unknown;
  },
): FakedAnswer {
  const list = Object.entries(headers).map(([name, value]): [string, string] => [name.toLowerCase(), value]);
  if (json !== undefined && !list.some(([name]) => name === "content-type")) {
    list.push(["content-type", "application/json"]);
  }
  const text = json === undefined ? body : JSON.stringify(json);
  return { status, headers: list, body: new TextEncoder().encode(text) };
}

const method = z.string().regex(/^[A-Za-z]+$/).transform((text) => text.toUpperCase());

const url = z.string().regex(/^(https?:\/\/|service:)/, {
  error: 'is written "https://api.example.com/users/*", or "service:prices/today" for another service',
});

const call = z.strictObject({ method: method.optional(), url, answer })
  .transform(({ method, ...rest }): FakedCall => method === undefined ? rest : { method, ...rest });

const changes = {
  calls: z.array(call).optional().describe("What other hosts and services answer; the first that fits."),
  clock: z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)).optional().describe(
    "Where the time of day stands, as in 2026-01-31T12:00:00Z.",
  ),
  random: z.int().optional().describe("Random numbers are the same in every run; another number, others."),
};

/** What a step changes in the world. */
export const stepWorld = z.strictObject(changes);

/** The world of all steps. */
export const fileWorld = z.strictObject({
  ...changes,
  calls: z.union([changes.calls, z.literal("real")]).describe('"real": calls go out to the network.'),
  storage: z.record(z.string(), z.string()).default({}).describe("What storage holds at the beginning."),
});

/** A call that a step must have made. */
export const expectedCall = z.strictObject({
  method: method.optional(),
  url: url.describe("Whole, with its query."),
  headers: z.record(z.string(), z.string()).optional(),
  body: z.string().optional(),
  json: z.unknown().optional(),
});

/** What a project's file says of the world, and what its steps change of it. */
export type FileWorld = z.infer<typeof fileWorld>;

/** See {@link stepWorld}. */
export type StepWorld = z.infer<typeof stepWorld>;

/** See {@link expectedCall}. */
export type ExpectedCall = z.infer<typeof expectedCall>;

/** The fakes of a run: the world between the steps first, then one for each step. */
export function fakesOf(file: FileWorld, steps: readonly (StepWorld | undefined)[]): Fakes {
  const worlds = [undefined, ...steps].map((step = {}): FakedWorld => ({
    calls: file.calls === "real" && step.calls === undefined
      ? null
      : [...step.calls ?? [], ...file.calls === "real" ? [] : file.calls ?? []],
    wallMs: step.clock ?? file.clock ?? null,
    seed: step.random ?? file.random ?? null,
  }));
  return { worlds, now: new SharedArrayBuffer(4), storage: file.storage };
}

/** What differs between the calls that were made and those that were expected; empty when nothing does. */
export function compareCalls(expected: readonly ExpectedCall[], made: readonly MadeCall[]): string[] {
  const say = (calls: readonly { method?: string | undefined; url: string }[]) =>
    calls.map(({ method = "any", url }) => `${method} ${url}`).join(", ") || "none";
  if (expected.length !== made.length) {
    return [`the calls are ${say(made)} and should be ${say(expected)}`];
  }
  return expected.flatMap((wanted, index) => {
    const got = made[index];
    return got ? differences(wanted, got).map((text) => `call ${index + 1}: ${text}`) : [];
  });
}

function differences(wanted: ExpectedCall, got: MadeCall): string[] {
  const problems: string[] = [];
  const check = (what: string, is: unknown, should: unknown) => {
    if (JSON.stringify(is) !== JSON.stringify(should)) {
      problems.push(`${what} is ${JSON.stringify(is)} and should be ${JSON.stringify(should)}`);
    }
  };
  check("the method", got.method, wanted.method ?? got.method);
  check("the URL", got.url, wanted.url);
  for (const [name, value] of Object.entries(wanted.headers ?? {})) {
    check(`the header ${name}`, got.headers.find(([there]) => there === name.toLowerCase())?.[1], value);
  }
  if (wanted.body !== undefined) check("the body", got.body, wanted.body);
  if (wanted.json !== undefined) check("the body", sorted(parsed(got.body)), sorted(wanted.json));
  return problems;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The order of keys does not count. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1).map(([key, entry]) => [key, sorted(entry)]),
  );
}
