/** What can go wrong on the command line, and the exit codes that scripts see. */
import { BerthError, type ErrorTable } from "../error.ts";

/** Exit codes; they are part of the interface and do not change. */
export const EXIT = {
  ok: 0,
  /** Something failed: a build, a check, the service itself. */
  failure: 1,
  /** The command line is wrong. */
  usage: 2,
  /** The device refused: no such service, an invalid image, a wrong key. */
  refused: 3,
  /** No device answers at the address. */
  unreachable: 4,
  /** Deployed, and not running yet: it waits for the operator's approval. */
  waiting: 5,
  /** Ended with Ctrl-C. */
  interrupted: 130,
  /** `berth run`: the program trapped. */
  trap: 134,
} as const;

/** The errors of the command line. */
export const CLI_ERRORS = {
  "usage": { status: 400, title: "The command line is not right", fix: "See: berth --help" },
  "host-unreachable": {
    status: 503,
    title: "No Berth answers there",
    fix: "Start one with: berth serve; or name another device with --host or EDGE_ENGINE_URI.",
  },
  "host-refused": { status: 400, title: "The device refused", fix: "" },
  "host-unknown": {
    status: 502,
    title: "What answers there is not Berth",
    fix: "Check the address given with --host or EDGE_ENGINE_URI.",
  },
  "project-incomplete": {
    status: 400,
    title: "The service cannot be packed",
    fix: "Add what is missing; `berth new` makes a complete project to compare with.",
  },
  "folder-taken": {
    status: 409,
    title: "There is something already",
    fix: "Choose another name, or remove the folder first.",
  },
  "file-unreadable": { status: 404, title: "A file cannot be read", fix: "Check the path." },
} as const satisfies ErrorTable;

/** A code of {@link CLI_ERRORS}. */
export type CliErrorCode = keyof typeof CLI_ERRORS;

/** An expected failure of a command; `data.fix` replaces the table's fix where the case is known better. */
export class CliError extends BerthError<CliErrorCode> {}
