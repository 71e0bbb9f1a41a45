/** Linux's error numbers, where they are given as numbers. */
import { CapabilityError, type CapabilityErrorCode } from "../error.ts";

const CODES: Readonly<Record<number, CapabilityErrorCode>> = {
  1: "perm",
  2: "noent",
  5: "io",
  6: "nxio",
  9: "badf",
  11: "again",
  13: "acces",
  16: "busy",
  17: "exist",
  18: "xdev",
  20: "notdir",
  21: "isdir",
  22: "invalid",
  23: "mfile",
  24: "mfile",
  26: "txtbsy",
  27: "fbig",
  28: "nospc",
  29: "spipe",
  30: "rofs",
  32: "pipe",
  36: "nametoolong",
  39: "notempty",
  40: "loop",
  75: "overflow",
  84: "ilseq",
  95: "notsup",
  122: "dquot",
};

/** The capability's error for one of Linux's numbers. */
export function fromErrno(errno: number): CapabilityError {
  return new CapabilityError(CODES[errno] ?? "io", `the host's file system answered errno ${errno}`);
}
