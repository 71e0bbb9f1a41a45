/** Turns what the operating system and Deno say into the capability's codes: the one mapping of host errors. */
import { CapabilityError, type CapabilityErrorCode } from "../error.ts";

const CODES: Readonly<Record<string, CapabilityErrorCode>> = {
  EACCES: "acces",
  EAGAIN: "again",
  EBADF: "badf",
  EBUSY: "busy",
  EDQUOT: "dquot",
  EEXIST: "exist",
  EFBIG: "fbig",
  EILSEQ: "ilseq",
  EINVAL: "invalid",
  EISDIR: "isdir",
  ELOOP: "loop",
  EMFILE: "mfile",
  ENAMETOOLONG: "nametoolong",
  ENFILE: "mfile",
  ENOENT: "noent",
  ENOSPC: "nospc",
  ENOTDIR: "notdir",
  ENOTEMPTY: "notempty",
  ENOTSUP: "notsup",
  ENXIO: "nxio",
  EOPNOTSUPP: "notsup",
  EOVERFLOW: "overflow",
  EPERM: "perm",
  EPIPE: "pipe",
  EROFS: "rofs",
  ESPIPE: "spipe",
  ETXTBSY: "txtbsy",
  EXDEV: "xdev",
  ERR_OUT_OF_RANGE: "invalid",
  ERR_INVALID_ARG_VALUE: "invalid",
};

/** The operating system's name of an error, or an empty text. */
export function hostCode(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "";
}

/**
 * The guest's error for one of the host's. Its text names no path: the host's own message does.
 * `NotCapable` is Deno's wall answering, which the door should have done before it.
 */
export function fromHostError(error: unknown): CapabilityError {
  if (error instanceof CapabilityError) return error;
  const code = hostCode(error);
  const mapped = CODES[code];
  if (mapped !== undefined) return new CapabilityError(mapped, `the host's file system answered ${code}`);
  if (error instanceof Deno.errors.NotCapable) {
    return new CapabilityError("notcapable", "the worker has no permission for this file");
  }
  return new CapabilityError("io", `the host's file system answered ${code || "an unnamed error"}`);
}

/** Runs a step on the host's file system. */
export function onHost<T>(step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw fromHostError(error);
  }
}
