/** The limits of a host: the defaults, and what the operator changed, within the ceilings. */
import { BerthError } from "./error.ts";
import { type LimitName, LIMITS, type Limits } from "./limits.ts";

/** Joins and checks; throws `deployment-invalid` for an unknown name or a value above its ceiling. */
export function limitsInForce(changed: Readonly<Partial<Record<LimitName, number>>>): Limits {
  const values: Record<string, number> = {};
  for (const [name, limit] of Object.entries(LIMITS)) values[name] = limit.default;
  for (const [name, value] of Object.entries(changed)) {
    const limit = LIMITS[name as LimitName];
    if (!limit) {
      throw new BerthError("deployment-invalid", `there is no limit ${name}; \`berth limits\` shows all`);
    }
    if (!Number.isInteger(value) || value < 1 || value > limit.ceiling) {
      throw new BerthError(
        "deployment-invalid",
        `the limit ${name} is ${value}; it may be 1 to ${limit.ceiling}`,
      );
    }
    values[name] = value;
  }
  return values as Limits;
}
