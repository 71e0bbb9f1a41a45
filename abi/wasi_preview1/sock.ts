/**
 * Group `sock`. Preview 1 works on sockets that the host hands over; Berth hands over none (a service is called
 * through its convention), so every open descriptor is NOTSOCK. The functions are present: libc imports them.
 */
import { CAUSE, wasi, type WasiFunction } from "./call.ts";
import { Errno } from "./errno.ts";
import type { Wasi } from "./wasi.ts";

const errors = { BADF: CAUSE.BADF, NOTSOCK: "the descriptor is not a socket: no guest has one" };

const refuse = (w: Wasi, fd: number) => w.descriptors.get(fd) === undefined ? Errno.BADF : Errno.NOTSOCK;

/** `sdflags`: receiving, sending. */
const SHUTDOWN_FLAGS_ALL = 3;

/** `sock_accept(fd, flags, ro_fd) -> errno`. Would accept a connection and write its descriptor, u32. */
const sockAccept = wasi("sock_accept", "fd:fd flags:flags ro_fd:out", {
  summary: "Accepts a connection; no guest has a socket.",
  errors,
}, (w, fd: number) => refuse(w, fd));

/** `sock_recv(fd, ri_data, ri_data_len, ri_flags, ro_data_len, ro_flags) -> errno`. Would receive into iovecs. */
const sockRecv = wasi(
  "sock_recv",
  "fd:fd ri_data:ptr ri_data_len:count ri_flags:flags ro_data_len:out ro_flags:out",
  { summary: "Receives from a socket; no guest has one.", errors },
  (w, fd: number) => refuse(w, fd),
);

/** `sock_send(fd, si_data, si_data_len, si_flags, so_data_len) -> errno`. Would send from iovecs. */
const sockSend = wasi(
  "sock_send",
  "fd:fd si_data:ptr si_data_len:count si_flags:flags so_data_len:out",
  { summary: "Sends through a socket; no guest has one.", errors },
  (w, fd: number) => refuse(w, fd),
);

/** `sock_shutdown(fd, how) -> errno`. Would end one or both directions. */
const sockShutdown = wasi("sock_shutdown", "fd:fd how:flags", {
  summary: "Ends a direction of a socket; no guest has one.",
  errors: { ...errors, INVAL: "a bit of `how` that means nothing" },
}, (w, fd: number, how: number) => {
  if (w.descriptors.get(fd) === undefined) return Errno.BADF;
  return (how & ~SHUTDOWN_FLAGS_ALL) !== 0 ? Errno.INVAL : Errno.NOTSOCK;
});

/** The group. */
export const SOCK: readonly WasiFunction[] = [sockAccept, sockRecv, sockSend, sockShutdown];
