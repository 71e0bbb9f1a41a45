/** What a guest with the `env` capability holds. */
import type { OpenedCapability } from "../capability.ts";

/** The deployment's configuration, as far as the grant lets the guest see it; never the host's environment. */
export interface Env extends OpenedCapability {
  readonly entries: ReadonlyArray<readonly [string, string]>;
  /** The deployment's secrets, which no event, log or listing shows; absent while it has none. */
  readonly secrets?: ReadonlyArray<readonly [string, string]>;
}
