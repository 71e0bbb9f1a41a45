/** `berth logs`. */
import { type Command, InvalidArgumentError, Option } from "commander";
import type { LogEntry } from "../client.ts";
import type { Colours, Screen } from "../screen.ts";
import { deviceOptions, examples, type Session } from "../session.ts";
import { named } from "./services.ts";

const LEVELS = ["debug", "info", "warn", "error"] as const;

interface LogOptions {
  readonly follow?: boolean;
  readonly trace?: boolean;
  readonly tail: number;
  readonly level: typeof LEVELS[number];
}

/** Adds the command. */
export function registerLogs(program: Command, session: Session): void {
  const command = program.command("logs").description("Show what a service says, and what was denied to it.")
    .argument("<service>", "its name or id")
    .option("-f, --follow", "go on as new lines come; end with Ctrl-C")
    .option("--trace", "show each of its calls to the host, as they come; end with Ctrl-C")
    .option("-n, --tail <count>", "begin with the last lines", readCount, 100)
    .addOption(new Option("--level <level>", "this level and above").choices(LEVELS).default("debug"));
  deviceOptions(command).action(async (id: string, options: LogOptions, self: Command) => {
    const screen = session.screen(self);
    const client = await session.client(self);
    const trace = options.trace ?? false;
    const follow = trace || (options.follow ?? false);
    session.endsItself = follow;
    try {
      if (trace) await named(client, id, () => client.trace(id, true));
      await named(client, id, async () => {
        for await (const entry of client.logs(id, { tail: options.tail, follow })) {
          if (rank(entry.level) >= rank(options.level)) show(entry, screen);
        }
      });
    } catch (error) {
      // Ctrl-C is how one ends following: no error.
      if (!(follow && session.io.interrupted.aborted)) throw error;
    } finally {
      // The signal of this command is over by now.
      if (trace) {
        await (await session.client(self, AbortSignal.timeout(2_000))).trace(id, false).catch(() => {});
      }
    }
  });
  examples(command, [
    ["berth logs counter", "the last 100 lines"],
    ["berth logs -f counter --level warn", "warnings and errors, as they come"],
    ["berth logs counter --trace", "its calls to the host, as strace shows them"],
    ["berth logs counter --json", "a JSON object a line"],
  ]);
}

function readCount(text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 0) throw new InvalidArgumentError("It is a whole number.");
  return count;
}

function rank(level: string): number {
  return (LEVELS as readonly string[]).indexOf(level);
}

function show(entry: LogEntry, screen: Screen): void {
  screen.line(screen.json ? JSON.stringify(entry) : logLine(entry, screen.colours));
}

/** A line for people: local time, level, where from, message, fields, request; what has several lines comes below. */
export function logLine(entry: LogEntry, c: Colours): string {
  const time = new Date(entry.time);
  const clock = Number.isNaN(time.getTime()) ? entry.time : time.toTimeString().slice(0, 8);
  const paint = PAINTS[entry.level]?.(c) ?? ((text: string) => text);
  const fields = Object.entries(entry.fields ?? {}).map(([name, value]) => ({
    name,
    text: typeof value === "string" ? value : JSON.stringify(value),
  })).filter(({ text }) => !entry.message.includes(text)); // not what the message says already
  const short = fields.filter(({ text }) => !text.includes("\n"))
    .map(({ name, text }) => ` ${c.dim(`${name}=`)}${clean(text)}`).join("");
  const long = fields.filter(({ text }) => text.includes("\n"))
    .map(({ text }) => c.dim(CONTINUED + clean(text.trimEnd()))).join("");
  const request = entry.requestId ? c.dim(`  ${entry.requestId}`) : "";
  const source = c.dim(entry.source.padEnd(6));
  return `${c.dim(clock)} ${paint(entry.level.padEnd(5))} ${source} ${
    clean(entry.message)
  }${short}${request}${long}`;
}

const PAINTS: Readonly<Record<string, (c: Colours) => (text: string) => string>> = {
  debug: (c) => c.dim,
  info: (c) => c.green,
  warn: (c) => c.yellow,
  error: (c) => c.red,
};

const UNSEEN = /[\p{Cc}\p{Bidi_Control}]/gu;

/** A service's text must not drive the operator's terminal: control characters are shown, not obeyed. */
export function clean(text: string): string {
  return text.replace(UNSEEN, (char) => {
    if (char === "\t") return char;
    return char === "\n" ? CONTINUED : `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

/** Further lines of a message stand below its first. */
const CONTINUED = "\n" + " ".repeat(22);
