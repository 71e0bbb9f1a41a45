/** WASI preview 1 (`wasi_snapshot_preview1`): all 46 functions. */
import type { Abi } from "../abi.ts";
import { ARGS } from "./args.ts";
import type { WasiFunction } from "./call.ts";
import { CLOCK } from "./clock.ts";
import { ENVIRON } from "./environ.ts";
import { FD } from "./fd.ts";
import { FD_FILE } from "./fd_file.ts";
import { FD_IO } from "./fd_io.ts";
import { FD_READDIR } from "./fd_readdir.ts";
import { PATH } from "./path.ts";
import { PATH_OPEN } from "./path_open.ts";
import { POLL } from "./poll.ts";
import { PROC } from "./proc.ts";
import { RANDOM } from "./random.ts";
import { SCHED } from "./sched.ts";
import { SOCK } from "./sock.ts";
import { Wasi } from "./wasi.ts";

/** Every function, group by group. */
export const WASI_FUNCTIONS: readonly WasiFunction[] = [
  ...ARGS,
  ...ENVIRON,
  ...CLOCK,
  ...FD,
  ...FD_IO,
  ...FD_FILE,
  ...FD_READDIR,
  ...PATH,
  ...PATH_OPEN,
  ...POLL,
  ...PROC,
  ...SCHED,
  ...RANDOM,
  ...SOCK,
];

/** The ABI. Memory is the guest's export `memory`. */
export const WASI_PREVIEW1: Abi = {
  functions: WASI_FUNCTIONS,
  open: (context, start) => new Wasi(context, start, WASI_FUNCTIONS),
};
