/**
 * Taking grants back: a whole capability, or one of the lines in which it is described. What is left must be less in
 * the operator's words, line by line; how a capability keeps its grant is its own affair.
 */
import type { CapabilityName } from "../capabilities/capability.ts";
import { type AnyCapability, CAPABILITIES, type Grants } from "../capabilities/grants.ts";
import type { AuthorityLine } from "./authority.ts";
import { BerthError } from "./error.ts";

/** What is taken back. */
export interface Revocation {
  /** Whose. */
  readonly capability: CapabilityName;
  /** One of its lines as `berth grant --show` shows them; all of it when absent. */
  readonly allows?: string;
}

/** What a revocation did. */
export interface Revoked {
  /** What the service holds no more. */
  readonly lost: readonly AuthorityLine[];
  /** Empty when the service works without it; else what happened when it was started, or asked for its health. */
  readonly trouble: string;
  /** Whether the host's policy gives it back at the next deployment that asks for it. */
  readonly policyGrants: boolean;
}

/** The grants without it; throws `grant-not-held`, `grant-not-divisible`. */
export function revoke(grants: Grants, { capability, allows }: Revocation): Grants {
  const definition = CAPABILITIES.find(({ name }) => name === capability);
  const held = grants[capability];
  const lines = definition && held !== undefined ? definition.describe(held) : [];
  if (!definition || held === undefined || (allows !== undefined && !lines.includes(allows))) {
    const what = allows === undefined ? capability : `${capability}: ${allows}`;
    throw new BerthError("grant-not-held", `the service does not hold ${what}`);
  }
  const rest = allows === undefined ? undefined : withoutLine(definition, held, allows);
  if (rest !== undefined) return { ...grants, [capability]: rest };
  if (allows !== undefined && lines.some((line) => line !== allows)) {
    throw new BerthError(
      "grant-not-divisible",
      `the line cannot be taken from ${capability} alone: ${allows}`,
    );
  }
  const { [capability]: _, ...others } = grants;
  return others;
}

/** As {@link revoke}; what does not hold it stays as it is, and what cannot be divided loses the whole capability. */
export function revokeIfHeld(grants: Grants, revocation: Revocation): Grants {
  try {
    return revoke(grants, revocation);
  } catch (error) {
    if (!(error instanceof BerthError)) throw error;
    if (error.code === "grant-not-held") return grants;
    return revoke(grants, { capability: revocation.capability });
  }
}

/** The grant without the line; `undefined` when there is none that allows nothing else and all the rest. */
function withoutLine(definition: AnyCapability, held: unknown, line: string): unknown {
  let grant = held;
  // The same line may stand for several parts of the grant; each round takes one.
  for (let lines = definition.describe(grant); lines.includes(line); lines = definition.describe(grant)) {
    const smaller = parts(grant).map((part) => definition.schema.safeParse(part))
      .find((part) => part.success && lacksOnly(lines, definition.describe(part.data), line));
    if (!smaller?.success) return undefined;
    grant = smaller.data;
  }
  return grant;
}

/** Whether `after` is `before` without one `line`, in the same order. */
function lacksOnly(before: readonly string[], after: readonly string[], line: string): boolean {
  const at = before.findIndex((text, index) => text !== after[index]);
  const gap = at < 0 ? before.length - 1 : at;
  // Where equal lines stand next to each other, any of them is the one that is gone.
  return before[gap] === line && after.length === before.length - 1 &&
    after.every((text, index) => text === before[index < gap ? index : index + 1]);
}

/** Every value that is the same but for one entry of a list, one key, or one `true` turned off, at any depth. */
function parts(value: unknown): unknown[] {
  if (value === true) return [false];
  if (Array.isArray(value)) {
    return value.flatMap((entry, index) => [
      value.toSpliced(index, 1),
      ...parts(entry).map((part) => value.with(index, part)),
    ]);
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, entry]) => [
    Object.fromEntries(Object.entries(value).filter(([name]) => name !== key)),
    ...parts(entry).map((part) => ({ ...value, [key]: part })),
  ]);
}
