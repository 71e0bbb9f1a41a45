/** What `berth run` and its worker say to each other. */
import type { CapabilityErrorCode } from "../../capabilities/error.ts";
import type { FilesGrant } from "../../capabilities/files/ask.ts";
import type { LinkRequest } from "../../capabilities/files/make_link.ts";

/** The one message to the worker. */
export interface RunStart {
  /** Prepared. */
  readonly module: WebAssembly.Module;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Absent when no folder is given. */
  readonly files: FilesGrant | undefined;
  /** Input, written by the host, and the answer to a link request; see `run_shared.ts`. */
  readonly shared: SharedArrayBuffer;
  /** Whether descriptors 0, 1, 2 are terminals. */
  readonly terminals: readonly boolean[];
  /** Whether output is written to the process's own streams by the worker, or posted. */
  readonly direct: boolean;
  /** Whether a line for each host call is posted. */
  readonly trace: boolean;
}

/** Messages from the worker. */
export type RunMessage =
  | { readonly type: "input" } // the guest wants input: begin to read it
  | { readonly type: "output"; readonly stream: "stdout" | "stderr"; readonly bytes: Uint8Array }
  | { readonly type: "link"; readonly request: LinkRequest }
  | { readonly type: "trace"; readonly line: string }
  | { readonly type: "exit"; readonly code: number }
  | { readonly type: "trap"; readonly text: string }
  | { readonly type: "failed"; readonly text: string };

/** The codes that an answer to a link request may carry, by their place; 0 is success. */
export const LINK_ANSWERS: readonly (CapabilityErrorCode | "ok")[] = [
  "ok",
  "io",
  "notcapable",
  "noent",
  "exist",
  "acces",
  "perm",
  "nospc",
  "dquot",
  "notdir",
  "rofs",
  "nametoolong",
];
