/** The first look at a command line. */
import type { Io } from "./io.ts";
import { plainServe, servePlainly } from "./plain_serve.ts";

/** Runs one command line; gives the exit code. Nothing outside `io` is read or written, but files. */
export async function main(args: readonly string[], io: Io): Promise<number> {
  const plain = plainServe(args, io);
  if (plain === null) return await (await import("./main.ts")).main(args, io);
  try {
    await servePlainly(plain, io);
    return 0;
  } catch (error) {
    const [{ reportError }, { Session }] = await Promise.all([import("./report.ts"), import("./session.ts")]);
    return await reportError(error, new Session(io, plain.json === true));
  }
}
