/** The one error that capabilities throw; each ABI maps its code to the guest's own errors, once. */

/** What went wrong, as far as a guest may know. File codes are POSIX names in lower case. */
export type CapabilityErrorCode =
  | "denied" // not granted, or outside what is granted
  | "invalid" // the request itself is malformed
  | "too-large" // past a limit on one thing
  | "quota" // past a limit on the sum
  | "busy" // too many at once
  | "timeout"
  | "aborted"
  | "unreachable" // the other side cannot be reached or broke off
  | "closed"
  | "conflict" // compare-and-set found another value
  | "io"
  // files
  | "acces"
  | "again"
  | "badf"
  | "dquot"
  | "exist"
  | "fbig"
  | "ilseq"
  | "isdir"
  | "loop"
  | "mfile"
  | "nametoolong"
  | "noent"
  | "nospc"
  | "notcapable"
  | "notdir"
  | "notempty"
  | "notsup"
  | "nxio"
  | "overflow"
  | "perm"
  | "pipe"
  | "rofs"
  | "spipe"
  | "txtbsy"
  | "xdev";

/** An expected failure of a capability. */
export class CapabilityError extends Error {
  override readonly name = "CapabilityError";
  /**
   * @param message what was attempted and what is; may reach the guest, so it holds no host path
   * @param manifestLine for `denied`: the manifest line that would allow it
   */
  constructor(readonly code: CapabilityErrorCode, message: string, readonly manifestLine: string = "") {
    super(message);
  }
}
