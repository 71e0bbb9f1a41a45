/** What a command sees of the machine; tests give their own. */

/** The world of one command. */
export interface Io {
  readonly cwd: string;
  /** Environment variables, by name. */
  env(name: string): string | undefined;
  /** Writes to standard output. */
  out(text: string): void;
  /** Writes to standard error. */
  err(text: string): void;
  readonly outIsTerminal: boolean;
  readonly errIsTerminal: boolean;
  /** Whether a question can be asked. */
  readonly inIsTerminal: boolean;
  /** Characters in a line of the terminal. */
  readonly columns: number;
  /** Asks for a line; `null` at the end of input. */
  ask(question: string): string | null;
  /** Aborted on Ctrl-C, and when the process is asked to end (SIGTERM). */
  readonly interrupted: AbortSignal;
}

/** This process's own world. */
export function processIo(): Io {
  const encoder = new TextEncoder();
  const abort = new AbortController();
  const stop = () => {
    if (abort.signal.aborted) Deno.exit(130); // the second one does not wait
    abort.abort();
  };
  Deno.addSignalListener("SIGINT", stop);
  // How service managers end what they started; Windows has no such signal.
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", stop);
  const terminal = Deno.stdout.isTerminal();
  return {
    cwd: Deno.cwd(),
    env: (name) => Deno.env.get(name),
    out: (text) => writeAll(Deno.stdout, encoder.encode(text)),
    err: (text) => writeAll(Deno.stderr, encoder.encode(text)),
    outIsTerminal: terminal,
    errIsTerminal: Deno.stderr.isTerminal(),
    inIsTerminal: Deno.stdin.isTerminal(),
    columns: terminal ? Deno.consoleSize().columns : 80,
    ask: (question) => prompt(question),
    interrupted: abort.signal,
  };
}

/** A reader that has gone (`berth logs | head`) is no error: the rest is not wanted. */
function writeAll(to: { writeSync(bytes: Uint8Array): number }, bytes: Uint8Array): void {
  try {
    for (let at = 0; at < bytes.length;) at += to.writeSync(bytes.subarray(at));
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) Deno.exit(0);
    throw error;
  }
}
