/** What can go wrong while a service is built. */
import { BerthError, type ErrorTable } from "../error.ts";

/** The errors of `berth build`; none of them reaches a caller of a service. */
export const BUILD_ERRORS = {
  "project-not-found": {
    status: 404,
    title: "There is nothing to build here",
    fix:
      "Name a folder that holds src/*.cpp, src/*.c or assembly/index.ts, or make one with: berth new cpp hello",
  },
  "project-ambiguous": {
    status: 400,
    title: "The folder holds sources of several languages",
    fix: "Choose one with --language, or keep one service in a folder.",
  },
  "compile-failed": {
    status: 422,
    title: "The service does not compile",
    fix: "Correct the errors above; the first one often causes the others.",
  },
  "toolchain-missing": {
    status: 424,
    title: "A compiler is not installed",
    fix:
      "Install it, or leave out --toolchain path to use the compiler that Berth brings for C, C++ and AssemblyScript.",
  },
  "toolchain-broken": {
    status: 500,
    title: "The compiler stopped working",
    fix:
      "Try again; if it stays, empty the cache with: berth build --clean, and look at the network when a compiler has to be fetched first.",
  },
} as const satisfies ErrorTable;

/** A code of {@link BUILD_ERRORS}. */
export type BuildErrorCode = keyof typeof BUILD_ERRORS;

/** An expected failure of a build; for `compile-failed`, `data.diagnostics` and `data.output` hold what was said. */
export class BuildError extends BerthError<BuildErrorCode> {}
