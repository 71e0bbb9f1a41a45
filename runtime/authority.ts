/** What a service asks for against what it holds. Authority is compared in the plain words that the operator reads. */
import { CAPABILITIES, type Grants } from "../capabilities/grants.ts";
import type { CapabilityName } from "../capabilities/capability.ts";
import { BASELINE_NAMES } from "./unit/image_parts.ts";

/** One thing that a grant allows, in plain words; `describe` of a capability makes these, complete and unambiguous. */
export interface AuthorityLine {
  /** Whose it is. */
  readonly capability: CapabilityName;
  /** What, in plain words. */
  readonly allows: string;
}

/** Everything that grants allow, a line each. */
export function authorityOf(grants: Grants): AuthorityLine[] {
  return CAPABILITIES.filter(({ name }) => grants[name] !== undefined).flatMap((capability) =>
    capability.describe(grants[capability.name]).map((allows) => ({ capability: capability.name, allows }))
  );
}

/** What differs between two sets of grants. */
export interface AuthorityChange {
  readonly more: readonly AuthorityLine[];
  readonly less: readonly AuthorityLine[];
}

const keyOf = ({ capability, allows }: AuthorityLine) => `${capability}\0${allows}`;

/** What `asked` allows beyond `held`, and what it gives up. */
export function compareAuthority(held: Grants, asked: Grants): AuthorityChange {
  const before = authorityOf(held), after = authorityOf(asked);
  const missing = (from: AuthorityLine[], of: AuthorityLine[]) => {
    const known = new Set(of.map(keyOf));
    return from.filter((line) => !known.has(keyOf(line)));
  };
  return { more: missing(after, before), less: missing(before, after) };
}

/** What touches nothing but the service itself: granted without asking, as mimOE does. */
const BASELINE: ReadonlySet<CapabilityName> = new Set(BASELINE_NAMES);

/** The part of what is asked that goes beyond the baseline. */
export function beyondBaseline(asked: Grants): AuthorityLine[] {
  const always = new Set(
    CAPABILITIES.flatMap(({ name, alwaysAsked }) =>
      asked[name] === undefined
        ? []
        : (alwaysAsked?.(asked[name]) ?? []).map((allows) => `${name}\0${allows}`)
    ),
  );
  return authorityOf(asked).filter((line) => !BASELINE.has(line.capability) || always.has(keyOf(line)));
}
