/** What a host grants without asking, for devices that nobody sits at: a file of the operator's. */
import type { AuthorityLine } from "./authority.ts";
import { BerthError } from "./error.ts";
import { loadManagement } from "./management_door.ts";

/** Rules; what none allows waits for the operator. */
export interface Policy {
  /** Each allows something to some services. */
  readonly grant: readonly {
    /** Ids, `{clientId}-{name}`; `*` at the end stands for any rest. */
    readonly services: readonly string[];
    /** By capability: lines as `berth grant` shows them, or true for all that it may allow. */
    readonly capabilities: Readonly<Record<string, true | readonly string[] | undefined>>;
    /** Only for images that one of these signed, by their names among the trusted keys. */
    readonly signedBy?: readonly string[] | undefined;
  }[];
}

/** Reads a policy; rejects with `policy-invalid` and the place of the mistake. */
export async function parsePolicy(text: string): Promise<Policy> {
  const { readPolicy } = await loadManagement();
  return readPolicy(text);
}

/** @internal What is wrong with a policy. */
export const invalidPolicy = (why: string): BerthError =>
  new BerthError("policy-invalid", `the policy cannot be used: ${why}`);

/** Throws `policy-invalid` when a rule names a signer whom the host does not trust: it would never apply. */
export function checkSigners(
  policy: Policy | null,
  trusted: readonly { readonly name: string }[] | null,
): void {
  const known = new Set(trusted?.map(({ name }) => name));
  for (const name of policy?.grant.flatMap(({ signedBy }) => signedBy ?? []) ?? []) {
    if (known.has(name)) continue;
    throw invalidPolicy(
      `signedBy: ${JSON.stringify(name)} is no name in the file of trusted keys (berth serve --trust)`,
    );
  }
}

/**
 * The lines that no rule allows to the service.
 * @param signer who signed its image, as the host calls them; `null` when nobody whom it trusts did
 */
export function beyondPolicy(
  policy: Policy | null,
  serviceId: string,
  lines: readonly AuthorityLine[],
  signer: string | null,
): readonly AuthorityLine[] {
  const rules =
    policy?.grant.filter(({ services, signedBy }) =>
      services.some((name) => fits(name, serviceId)) &&
      (signedBy === undefined || (signer !== null && signedBy.includes(signer)))
    ) ?? [];
  return lines.filter(({ capability, allows }) =>
    !rules.some(({ capabilities }) => {
      const allowed = capabilities[capability];
      return allowed === true || (allowed?.includes(allows) ?? false);
    })
  );
}

function fits(pattern: string, id: string): boolean {
  return pattern.endsWith("*") ? id.startsWith(pattern.slice(0, -1)) : id === pattern;
}
