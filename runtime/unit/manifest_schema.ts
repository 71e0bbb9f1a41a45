/** The schema of the manifest, built from the tables of capabilities and limits. */
import { z } from "zod";
import { type AnyCapability, CAPABILITIES, type Grants } from "../../capabilities/grants.ts";
import type { Limit } from "../../capabilities/limit.ts";
import { type LimitName, LIMITS, type Limits } from "../limits.ts";
import { entryPath } from "./entry_path.ts";

const NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** https://semver.org, its own expression, bounded. */
const SEMVER =
  /^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/;
/** A segment holds nothing that a server, a proxy or a browser rewrites. */
const BASE_PATH = /^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._~-]+)+$/;
const REQUEST_PATH = /^\/[A-Za-z0-9._~\-/?&=%+,;:@!$'()*]*$/;
const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;
const ENV_MAX_COUNT = 256;
const ENV_VALUE_MAX_LENGTH = 32 << 10;
const WORKERS_MAX_COUNT = 16;

const filePath = z.string().min(1).max(1024).refine(isEntryPath, {
  error: 'is not the path of a file in the image; write it relative and plain, as in "build/service.wasm"',
});

function isEntryPath(path: string): boolean {
  try {
    return entryPath(path) === path;
  } catch {
    return false; // the reason would speak of archives, not of this key
  }
}

const environment = z.record(
  z.string().max(128).regex(ENV_NAME, {
    error: "is not a name for configuration; use letters, digits, _ . - and begin with a letter or _",
  }),
  z.string().max(ENV_VALUE_MAX_LENGTH).refine((value) => !value.includes("\0"), {
    error: "holds a NUL; leave it out",
  }),
).refine((entries) => Object.keys(entries).length <= ENV_MAX_COUNT, {
  error: `has too many entries; at most ${ENV_MAX_COUNT} are allowed`,
});

const health = z.strictObject({
  path: z.string().max(256).regex(REQUEST_PATH, {
    error: 'is not a path; begin it with "/", as in "/health"',
  }).describe("What is asked, below the base path; an answer of 200 to 299 means healthy."),
  timeoutMs: z.int().min(10).max(60_000).default(5_000).describe("How long one answer may take."),
  attempts: z.int().min(1).max(100).default(5).describe("How often it is asked before it counts as failed."),
}).describe("How a new version is asked whether it works before it takes over.");

/** The schema. `limits` are the values in force on the host: a manifest may only go below them. */
export function manifestSchema(limits: Limits, capabilities: readonly AnyCapability[] = CAPABILITIES) {
  return z.strictObject({
    $schema: z.string().max(1024).optional().describe("For editors; not read."),
    berth: z.literal(1).describe("The version of this format."),
    name: z.string().regex(NAME, {
      error:
        "is not a service's name; use 1 to 63 lower-case letters, digits and dashes, no dash at the ends",
    }).describe("The service's name: lower-case letters, digits, dashes."),
    version: z.string().max(128).regex(SEMVER, {
      error: 'is not a semantic version; write three numbers, as in "1.0.0"',
    }).describe("Its semantic version."),
    description: z.string().max(1000).default("").describe("What it does, for people."),
    module: filePath.describe("The module's path in the image."),
    path: z.string().max(256).regex(BASE_PATH, {
      error: 'is not a base path; begin with "/", use letters, digits and . _ ~ -, as in "/log-reader/v1"',
    }).optional().describe("The base path of its REST API; by default /{name}/v{major}."),
    state: z.enum(["fresh", "shared"]).default("fresh").describe(
      "fresh: every request gets a clean instance. shared: memory lives on from request to request.",
    ),
    capabilities: capabilitiesSchema(capabilities),
    limits: limitsSchema(limits),
    env: environment.default({}).describe("Configuration by default; a deployment's own values go first."),
    workers: z.int().min(1).max(WORKERS_MAX_COUNT).default(1).describe("How many workers serve it."),
    health: health.nullable().default(null),
    openapi: filePath.nullable().default(null).describe(
      "The path in the image of its OpenAPI document, JSON.",
    ),
    logLevel: z.enum(["debug", "info", "warn", "error"]).default("info").describe(
      "Lines below this level are not logged.",
    ),
  }).refine((manifest) => manifest.state === "fresh" || manifest.workers === 1, {
    path: ["workers"],
    error: 'is more than 1 with "state": "shared"; shared memory lives in one worker: use 1, or "fresh"',
  });
}

function capabilitiesSchema(capabilities: readonly AnyCapability[]) {
  const shape = Object.fromEntries(
    capabilities.map((capability) => [
      capability.name,
      (capability.manifestSchema ?? capability.schema).optional().describe(
        `Asks for what ${capability.summary}.`,
      ),
    ]),
  );
  return z.strictObject(shape).default({}).transform((asked) => asked as Grants)
    .describe("What the service asks for; what is not named here it does not get.");
}

function limitsSchema(limits: Limits) {
  const rows = Object.entries(LIMITS) as [LimitName, Limit][];
  const shape = Object.fromEntries(
    rows.filter(([, limit]) => limit.perService).map(([name, limit]) => {
      const most = limits[name];
      const schema = z.int().min(1).max(most, {
        error: `is above ${most}, which is in force on this host; lower it, or have the operator raise it`,
      });
      return [name, schema.optional().describe(limit.reason)];
    }),
  );
  return z.strictObject(shape).default({})
    .transform((values) => values as Readonly<Partial<Record<LimitName, number>>>)
    .describe("The service's own limits; each may only lower what is in force on the host.");
}

/** The schema as JSON Schema (2020-12), for editors; limits stand at their ceilings, since hosts differ. */
export function manifestJsonSchema(): Record<string, unknown> {
  const ceilings = Object.fromEntries(
    Object.entries(LIMITS).map(([name, limit]) => [name, limit.ceiling]),
  ) as Limits;
  return {
    title: "Berth service manifest (berth.json)",
    ...z.toJSONSchema(manifestSchema(ceilings), { io: "input", unrepresentable: "any" }),
  };
}
