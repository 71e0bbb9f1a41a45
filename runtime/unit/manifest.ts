/** The manifest of a service (`berth.json`): what it is, what it asks for, how it runs. */
import type { LogLevel } from "../../capabilities/capability.ts";
import { type AnyCapability, CAPABILITIES, type Grants } from "../../capabilities/grants.ts";
import type { LimitName, Limits } from "../limits.ts";
import { unitError } from "./errors.ts";
import { JsonError, parseJson } from "./json.ts";
import { explain, type ManifestProblem } from "./manifest_problems.ts";
import { manifestSchema } from "./manifest_schema.ts";

/** The name of the manifest in an image. */
export const MANIFEST_NAME = "berth.json";

/** How a new version is asked whether it works, before it takes over. */
export interface HealthCheck {
  /** Below the service's base path. */
  readonly path: string;
  /** How long one answer may take. */
  readonly timeoutMs: number;
  /** How often it is asked before it counts as failed. */
  readonly attempts: number;
}

/** A manifest, checked and complete: every default is filled in. */
export interface Manifest {
  /** The version of this format. */
  readonly berth: 1;
  readonly name: string;
  /** A semantic version; of a mimik image its tag, whatever that is. */
  readonly version: string;
  readonly description: string;
  /** The module's path in the image. */
  readonly module: string;
  /** The base path of its REST API, after the client id. */
  readonly path: string;
  /** `fresh`: every request gets a clean instance; `shared`: memory lives on. */
  readonly state: "fresh" | "shared";
  /** What it asks for; the operator grants. */
  readonly capabilities: Grants;
  /** Its own limits, none above what is in force on the host. */
  readonly limits: Readonly<Partial<Record<LimitName, number>>>;
  /** Configuration by default; the deployment's own values go before these. */
  readonly env: Readonly<Record<string, string>>;
  /** How many workers serve it. */
  readonly workers: number;
  readonly health: HealthCheck | null;
  /** The path in the image of its OpenAPI document, a JSON file. */
  readonly openapi: string | null;
  /** Lines below this level are not logged. */
  readonly logLevel: LogLevel;
}

/** The limits that a manifest is checked against. */
export type ManifestLimits = Limits;

/**
 * Reads and checks a manifest. Throws `manifest-invalid` with every problem in `data.problems`
 * ({@link ManifestProblem}); the text names at most ten.
 *
 * @param limits what is in force on this host
 */
export function parseManifest(
  bytes: Uint8Array,
  limits: ManifestLimits,
  capabilities: readonly AnyCapability[] = CAPABILITIES,
): Manifest {
  if (bytes.length > limits.manifestMaxBytes) {
    throw invalid([{
      key: "",
      problem: `it has ${bytes.length} bytes`,
      fix: `at most ${limits.manifestMaxBytes} are allowed (manifestMaxBytes)`,
    }]);
  }
  return checkManifest(readJson(bytes), limits, capabilities);
}

/** Checks a manifest that was already read, as {@link parseManifest}. */
export function checkManifest(
  value: unknown,
  limits: ManifestLimits,
  capabilities: readonly AnyCapability[] = CAPABILITIES,
): Manifest {
  const schema = manifestSchema(limits, capabilities);
  const result = schema.safeParse(value);
  if (!result.success) throw invalid(explain(result.error.issues, schema, value));
  const { $schema: _, path, ...rest } = result.data;
  return { ...rest, path: path ?? defaultPath(rest.name, rest.version) };
}

/** `/{name}/v{major}`: a new major version is another API, and both can run at once. */
export function defaultPath(name: string, version: string): string {
  const major = /^v?(\d+)\b/.exec(version)?.[1];
  return major === undefined ? `/${name}` : `/${name}/v${major}`;
}

function readJson(bytes: Uint8Array): unknown {
  try {
    return parseJson(bytes);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw invalid([{ key: "", problem: error.message, fix: "" }]);
  }
}

const SHOWN_MAX = 10;

function invalid(found: readonly ManifestProblem[]): Error {
  const problems = found.map(({ key, problem, fix }) => ({
    key: plain(key),
    problem: plain(problem),
    fix: plain(fix),
  }));
  const lines = problems.slice(0, SHOWN_MAX).map(({ key, problem, fix }) =>
    [MANIFEST_NAME, ...(key === "" ? [] : [key]), `${problem}${fix === "" ? "" : `; ${fix}`}`].join(": ")
  );
  if (problems.length > SHOWN_MAX) lines.push(`… and ${problems.length - SHOWN_MAX} more`);
  return unitError("manifest-invalid", lines.join("\n"), { problems });
}

/** A manifest's own text may not begin a line or turn one around. */
function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "?");
}
