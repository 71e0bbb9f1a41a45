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
  /** Reads standard input to its end, or fails with a `RangeError` once it is longer; at a terminal a line, unseen. */
  secret(question: string, maxBytes: number): Promise<Uint8Array>;
  /**
   * Keys as they are pressed, without an echo, until the signal; only where a question can be asked.
   * Ctrl-C comes as a key (`\x03`) on systems that make no signal of it then.
   */
  keys(signal: AbortSignal): AsyncIterable<string>;
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
    columns: terminal ? Deno.consoleSize().columns || COLUMNS_USUAL : COLUMNS_USUAL,
    ask: (question) => prompt(question),
    secret: (question, maxBytes) =>
      Deno.stdin.isTerminal() ? readUnseen(question, maxBytes) : readWhole(maxBytes),
    keys: terminalKeys,
    interrupted: abort.signal,
  };
}

/** Where there is no terminal, or one that does not say. */
const COLUMNS_USUAL = 80;

/** What a terminal sends; it is as it was when this ends. */
async function* terminalKeys(signal: AbortSignal): AsyncGenerator<string> {
  // Windows knows no mode in which Ctrl-C is still a signal.
  Deno.stdin.setRaw(true, { cbreak: Deno.build.os !== "windows" });
  const ended = new Promise<undefined>((resolve) => {
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(1024);
  try {
    while (!signal.aborted) {
      // A read cannot be taken back: it is left waiting, and the process ends with it.
      const count = await Promise.race([Deno.stdin.read(buffer), ended]);
      if (count === undefined || count === null) return;
      yield decoder.decode(buffer.subarray(0, count), { stream: true });
    }
  } finally {
    Deno.stdin.setRaw(false);
  }
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

async function readWhole(maxBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for await (const part of Deno.stdin.readable) {
    if ((bytes += part.length) > maxBytes) throw new RangeError(`more than ${maxBytes} bytes`);
    parts.push(part);
  }
  return await new Blob(parts).bytes();
}

/** A line of a terminal that does not show it; Ctrl-C and Ctrl-D give what there is nothing of. */
async function readUnseen(question: string, maxBytes: number): Promise<Uint8Array> {
  writeAll(Deno.stderr, new TextEncoder().encode(`${question} `));
  Deno.stdin.setRaw(true, { cbreak: true }); // Ctrl-C stays a signal
  const typed: number[] = [];
  const one = new Uint8Array(1);
  try {
    while (await Deno.stdin.read(one) !== null) {
      const [byte = 4] = one;
      if (byte === 13 || byte === 10 || byte === 4) break; // Enter, Ctrl-D
      if (byte === 127 || byte === 8) dropCharacter(typed);
      else if (typed.push(byte) > maxBytes) throw new RangeError(`more than ${maxBytes} bytes`);
    }
  } finally {
    Deno.stdin.setRaw(false);
    writeAll(Deno.stderr, new TextEncoder().encode("\n"));
  }
  return Uint8Array.from(typed);
}

/** Takes the last character of UTF-8 off. */
function dropCharacter(typed: number[]): void {
  while (((typed.pop() ?? 0) & 0xc0) === 0x80);
}
