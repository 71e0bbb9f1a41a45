/** What a guest with the `files` capability holds. */
import type { OpenedCapability } from "../capability.ts";

/** The folders that a guest may use. */
export interface Files extends OpenedCapability {
  /** Guest path → folder, in the order of the manifest. */
  readonly mounts: readonly Mount[];
}

/** One folder as the guest sees it. */
export interface Mount {
  /** Absolute path in the guest: `/logs`. */
  readonly guestPath: string;
  readonly access: "read" | "read-write";
}
