/** The error numbers of preview 1, and the one mapping from Berth's errors to them. */
import { CapabilityError, type CapabilityErrorCode } from "../../capabilities/error.ts";
import { GuestFault } from "../memory.ts";

/** `errno` of the specification; only the ones that Berth gives. */
export const Errno = {
  SUCCESS: 0,
  TOO_BIG: 1,
  ACCES: 2,
  AGAIN: 6,
  BADF: 8,
  BUSY: 10,
  CANCELED: 11,
  CONNREFUSED: 14,
  DQUOT: 19,
  EXIST: 20,
  FAULT: 21,
  FBIG: 22,
  ILSEQ: 25,
  INVAL: 28,
  IO: 29,
  ISDIR: 31,
  LOOP: 32,
  MFILE: 33,
  NAMETOOLONG: 37,
  NOENT: 44,
  NOSPC: 51,
  NOSYS: 52,
  NOTDIR: 54,
  NOTEMPTY: 55,
  NOTSOCK: 57,
  NOTSUP: 58,
  NXIO: 60,
  OVERFLOW: 61,
  PERM: 63,
  PIPE: 64,
  RANGE: 68,
  ROFS: 69,
  SPIPE: 70,
  TIMEDOUT: 73,
  TXTBSY: 74,
  XDEV: 75,
  NOTCAPABLE: 76,
} as const;

/** A name of {@link Errno}. */
export type ErrnoName = keyof typeof Errno;

/** One of the numbers. */
export type Errno = (typeof Errno)[ErrnoName];

const OF_CODE: Readonly<Record<CapabilityErrorCode, Errno>> = {
  denied: Errno.NOTCAPABLE,
  invalid: Errno.INVAL,
  "too-large": Errno.TOO_BIG,
  quota: Errno.DQUOT,
  busy: Errno.BUSY,
  timeout: Errno.TIMEDOUT,
  aborted: Errno.CANCELED,
  unreachable: Errno.CONNREFUSED,
  closed: Errno.BADF,
  conflict: Errno.EXIST,
  io: Errno.IO,
  acces: Errno.ACCES,
  again: Errno.AGAIN,
  badf: Errno.BADF,
  dquot: Errno.DQUOT,
  exist: Errno.EXIST,
  fbig: Errno.FBIG,
  ilseq: Errno.ILSEQ,
  isdir: Errno.ISDIR,
  loop: Errno.LOOP,
  mfile: Errno.MFILE,
  nametoolong: Errno.NAMETOOLONG,
  noent: Errno.NOENT,
  nospc: Errno.NOSPC,
  notcapable: Errno.PERM, // out of the mount: what wasmtime answers, and what programs know
  notdir: Errno.NOTDIR,
  notempty: Errno.NOTEMPTY,
  notsup: Errno.NOTSUP,
  nxio: Errno.NXIO,
  overflow: Errno.OVERFLOW,
  perm: Errno.PERM,
  pipe: Errno.PIPE,
  rofs: Errno.ROFS,
  spipe: Errno.SPIPE,
  txtbsy: Errno.TXTBSY,
  xdev: Errno.XDEV,
};

/** A call that ends with this number; for the rare paths, since throwing costs more than returning. */
export class WasiError extends Error {
  override readonly name = "WasiError";
  constructor(readonly errno: Errno) {
    super(`errno ${errno}`);
  }
}

/** The number for an error that is meant for the guest; `undefined` for one that is not. */
export function errnoOf(error: unknown): Errno | undefined {
  if (error instanceof WasiError) return error.errno;
  if (error instanceof CapabilityError) return OF_CODE[error.code];
  if (error instanceof GuestFault) return Errno.FAULT;
  return undefined;
}

const NAMES = new Map<number, string>(Object.entries(Errno).map(([name, number]) => [number, name]));

/** The name of a number, as the specification spells it in capitals. */
export function errnoName(errno: number): string {
  if (errno === Errno.TOO_BIG) return "2BIG";
  return NAMES.get(errno) ?? String(errno);
}
