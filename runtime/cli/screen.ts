/** Everything that a command prints: results to standard output, what goes on to standard error. */
import process from "node:process";
import pc from "picocolors";
import yoctoSpinner, { type Spinner } from "yocto-spinner";
import type { Io } from "./io.ts";

/** Colours, or none. */
export type Colours = ReturnType<typeof pc.createColors>;

/** A step that takes a while. */
export interface Step {
  /** Changes what is being done. */
  update(text: string): void;
  done(text: string): void;
  failed(text: string): void;
}

/** What a terminal shows, and what a program reads. */
export class Screen {
  /** Colours of standard output. */
  readonly colours: Colours;
  /** Colours of standard error. */
  readonly noteColours: Colours;
  #spinner: Spinner | undefined;
  #prompt = "";

  /** @param json results as JSON: nothing else goes to standard output, and no step is shown */
  constructor(readonly io: Io, readonly json: boolean) {
    this.colours = pc.createColors(!json && wantsColour(io, io.outIsTerminal));
    this.noteColours = pc.createColors(wantsColour(io, io.errIsTerminal));
  }

  /** A result: JSON as it is asked for, else the lines. */
  result(value: unknown, lines: () => string | readonly string[]): void {
    if (this.json) return this.#write("out", JSON.stringify(value, null, 2) + "\n");
    const text = lines();
    this.line(typeof text === "string" ? text : text.join("\n"));
  }

  /** A line of standard output. */
  line(text = ""): void {
    this.#write("out", text + "\n");
  }

  /** A line for the person in front of it, on standard error. */
  note(text: string): void {
    this.#write("err", text + "\n");
  }

  /** A result in columns; the first row of cells is the head. */
  async table(head: readonly string[], rows: readonly (readonly string[])[]): Promise<string> {
    const { default: Table } = await import("cli-table3");
    const { stripVTControlCharacters } = await import("node:util");
    const widths = head.map((title, at) =>
      Math.max(
        ...[title, ...rows.map((row) => row[at] ?? "")].map((cell) => stripVTControlCharacters(cell).length),
      )
    );
    // The last column takes what the terminal leaves; a pipe has no width.
    const others = widths.slice(0, -1).reduce((sum, width) => sum + width + 2, 0);
    const rest = this.io.outIsTerminal ? this.io.columns - others : Infinity;
    if (rest >= COLUMN_LEAST) widths.push(Math.min(widths.pop() ?? 0, rest));
    const bare = Object.fromEntries(BORDERS.map((name) => [name, ""]));
    const table = new Table({
      head: head.map((title) => this.colours.dim(title)),
      chars: { ...bare, middle: "  " },
      style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
      colWidths: widths,
      wordWrap: true,
    });
    table.push(...rows.map((row) => [...row]));
    return table.toString().split("\n").map((line) => line.trimEnd()).join("\n");
  }

  /** Shows that something is under way; nothing when the output is for a program. */
  step(text: string): Step {
    const c = this.noteColours;
    const end = (line: string) => {
      this.#spinner?.stop();
      this.#spinner = undefined;
      if (this.json) this.#redraw();
      else this.note(line);
    };
    const step: Step = {
      update: (next) => {
        if (this.#spinner) this.#spinner.text = next;
      },
      done: (line) => end(`${c.green("✔")} ${line}`),
      failed: (line) => end(`${c.red("✖")} ${line}`),
    };
    if (this.json || !this.io.errIsTerminal) return step;
    this.#erase();
    this.#spinner = yoctoSpinner({ text, stream: process.stderr, handleSignals: false }).start();
    return step;
  }

  /** Takes a spinner away, so that what follows stands on a clean line. */
  quiet(): void {
    this.#spinner?.stop();
    this.#spinner = undefined;
  }

  /** Keeps a line at the bottom of a terminal, below everything that is written; an empty one takes it away. */
  prompt(text: string): void {
    this.#erase();
    this.#prompt = this.io.errIsTerminal && !this.json ? text : "";
    this.#redraw();
  }

  /** A spinner and a prompt step aside while a line is written. */
  #write(to: "out" | "err", text: string): void {
    this.#spinner?.clear();
    this.#erase();
    this.io[to](text);
    this.#redraw();
  }

  #erase(): void {
    if (this.#prompt !== "") this.io.err("\r\x1b[K");
  }

  /** Its end is what one is typing: a line that is too long is cut in front, since it must not wrap. */
  #redraw(): void {
    if (this.#prompt === "" || this.#spinner) return;
    const most = Math.max(10, this.io.columns - 1);
    const shown = [...this.#prompt];
    this.io.err(shown.length <= most ? this.#prompt : `…${shown.slice(1 - most).join("")}`);
  }
}

/** Narrower than this a column is of no use: the terminal wraps then. */
const COLUMN_LEAST = 24;

const BORDERS = [
  "top",
  "top-mid",
  "top-left",
  "top-right",
  "bottom",
  "bottom-mid",
  "bottom-left",
  "bottom-right",
  "left",
  "left-mid",
  "mid",
  "mid-mid",
  "right",
  "right-mid",
] as const;

/** https://no-color.org; `FORCE_COLOR` for those who pipe into a pager. */
function wantsColour(io: Io, terminal: boolean): boolean {
  if (io.env("NO_COLOR")) return false;
  if (io.env("FORCE_COLOR")) return true;
  return terminal && io.env("TERM") !== "dumb";
}

/** `34.2 kB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1_000).toFixed(1)} kB`;
  if (bytes < 1_000_000_000) return `${(bytes / 1_000_000).toFixed(1)} MB`;
  return `${(bytes / 1_000_000_000).toFixed(2)} GB`;
}

/** `64 MiB`, for what is set in powers of two. */
export function binaryText(bytes: number): string {
  for (const [size, unit] of [[2 ** 30, "GiB"], [2 ** 20, "MiB"], [2 ** 10, "KiB"]] as const) {
    if (bytes >= size) return `${Number((bytes / size).toFixed(1))} ${unit}`;
  }
  return `${bytes} B`;
}

/** How long ago: `5 s ago`. */
export function agoText(ms: number): string {
  return `${durationText(Math.max(1_000, ms)).replace(/\.\d+/, "")} ago`;
}

/** `850 ms`, `1.2 s`, `3 min`. */
export function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 90_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 5_400_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 172_800_000) return `${Math.round(ms / 3_600_000)} h`;
  return `${Math.round(ms / 86_400_000)} days`;
}
