/**
 * `berth serve` as service managers and containers start it, without the parser of command lines and what makes a terminal
 * nice: those take 10 MiB of a device for as long as the host runs.
 */
import type { Io } from "./io.ts";
import { portOf, serve, type ServeCommandOptions, type ServeScreen } from "./serve.ts";

/** Options with a value, and what they are called; see `commands/serve.ts`, where each is explained. */
const VALUES: ReadonlyMap<string, keyof ServeCommandOptions> = new Map([
  ["--port", "port"],
  ["-p", "port"],
  ["--host", "host"],
  ["--data", "data"],
  ["--tls-cert", "tlsCert"],
  ["--tls-key", "tlsKey"],
  ["--trust", "trust"],
  ["--policy", "policy"],
  ["--jwks", "jwks"],
  ["--issuer", "issuer"],
  ["--audience", "audience"],
  ["--front", "front"],
]);

const SWITCHES: ReadonlyMap<string, Pick<PlainServe, "announce" | "json">> = new Map([
  ["--announce", { announce: true }],
  ["--no-announce", { announce: false }],
  ["--json", { json: true }],
]);

/** A command line that was understood. */
export interface PlainServe extends ServeCommandOptions {
  readonly json?: boolean;
}

/** The options of a plain command line; `null` for every other one, wrong ones too: those are commander's to judge. */
export function plainServe(args: readonly string[], io: Io): PlainServe | null {
  if (args[0] !== "serve" || io.outIsTerminal || io.errIsTerminal || io.env("FORCE_COLOR")) return null;
  const options: Record<string, unknown> = { port: 8083, host: "127.0.0.1" };
  for (let at = 1; at < args.length; at++) {
    const [name = "", attached] = splitWord(args[at] ?? "");
    const flag = SWITCHES.get(name);
    if (flag && attached === undefined) {
      Object.assign(options, flag);
      continue;
    }
    const key = VALUES.get(name);
    const value = attached ?? args[++at];
    if (key === undefined || value === undefined || value.startsWith("-")) return null;
    options[key] = key === "port" ? portOf(value) : value;
  }
  const front = options.front ?? "fast";
  // Every member was made above, by the names of the type.
  return options.port === null || (front !== "fast" && front !== "safe")
    ? null
    : options as unknown as PlainServe;
}

/** `--port=8083` in two. */
function splitWord(word: string): [name: string, attached?: string] {
  const at = word.indexOf("=");
  return at < 0 || !word.startsWith("--") ? [word] : [word.slice(0, at), word.slice(at + 1)];
}

/** Serves; rejects with what `main` tells people. */
export function servePlainly(options: PlainServe, io: Io): Promise<void> {
  return serve(options, io, plainScreen(io, options.json === true));
}

function plainScreen(io: Io, json: boolean): ServeScreen {
  const same = (text: string | number | null | undefined) => String(text);
  return {
    colours: { bold: same, dim: same, green: same, red: same, yellow: same },
    note: (text) => io.err(`${text}\n`),
    result(value, lines) {
      const text = json ? JSON.stringify(value, null, 2) : lines();
      io.out(`${typeof text === "string" ? text : text.join("\n")}\n`);
    },
  };
}
