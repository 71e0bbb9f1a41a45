/** Group `fd`, last part: the names in a folder. */
import { CAUSE, wasi, type WasiFunction } from "./call.ts";
import { Errno } from "./errno.ts";
import { Right } from "./rights.ts";

/**
 * `fd_readdir(fd, buf, buf_len, cookie, bufused) -> errno`. Fills the buffer with entries from the cookie on and writes
 * how much of it is used, u32; less than its length means the end. The last entry is cut where the buffer ends. Each:
 * next cookie u64 @0, inode u64 @8, name length u32 @16, type u8 @20, name @24.
 *
 * `.` and `..` come first; the cookie of an entry is its number. The names are taken when cookie 0 is asked for and stay
 * until it is asked for again: cookies keep their meaning while files come and go.
 */
const fdReaddir = wasi("fd_readdir", "fd:fd buf:out buf_len:len cookie:cookie bufused:out", {
  summary: "Lists a folder.",
  errors: {
    BADF: CAUSE.BADF,
    FAULT: CAUSE.FAULT,
    IO: CAUSE.IO,
    NOENT: CAUSE.GONE,
    NOTCAPABLE: CAUSE.NOTCAPABLE,
    NOTDIR: "the descriptor is not a folder",
  },
}, (w, fd: number, buffer: number, length: number, cookie: bigint, used: number) => {
  const descriptor = w.descriptors.get(fd);
  if (descriptor === undefined) return Errno.BADF;
  const { resource } = descriptor;
  if (resource.type !== "folder") return Errno.NOTDIR;
  if ((descriptor.rights & Right.FD_READDIR) === 0) return descriptor.lacks(Right.FD_READDIR);
  const into = w.memory.bytes(buffer, length);
  w.memory.check(used, 4);
  if (cookie === 0n || descriptor.listing === undefined) descriptor.listing = resource.list();
  const { listing } = descriptor;
  const from = BigInt.asUintN(64, cookie);
  w.memory.setU32(used, from > BigInt(listing.count) ? 0 : listing.copy(Number(from), into));
  return Errno.SUCCESS;
});

/** This part of the group. */
export const FD_READDIR: readonly WasiFunction[] = [fdReaddir];
