/** A service's log: on disk in bounded files, the newest lines in memory, and live to whoever listens. */
import { join } from "node:path";
import type { LogLine } from "../capabilities/capability.ts";

/** A line as it is kept. */
export interface LogEntry extends LogLine {
  /** ISO 8601, UTC. */
  readonly time: string;
}

/** How much is kept. */
export interface LogOptions {
  /** The folder of the log's files; `null` keeps them in memory only. */
  readonly folder: string | null;
  /** A file that reaches this size becomes the old one; there are two at most. */
  readonly fileMaxBytes: number;
  /** Lines kept in memory. */
  readonly linesMaxCount: number;
}

const FLUSH_MS = 100;

/** The log of one service. */
export class ServiceLog {
  readonly #listeners = new Set<(entry: LogEntry) => void>();
  #lines: LogEntry[] = [];
  #pending: string[] = [];
  #timer: ReturnType<typeof setTimeout> | null = null;
  #writing: Promise<void> = Promise.resolve();
  #bytes = 0;

  constructor(private readonly options: LogOptions, private readonly now: () => Date = () => new Date()) {
    if (options.folder) this.#load(options.folder);
  }

  #load(folder: string): void {
    Deno.mkdirSync(folder, { recursive: true });
    for (const name of ["old.ndjson", "log.ndjson"]) {
      let text = "";
      try {
        text = Deno.readTextFileSync(join(folder, name));
      } catch {
        continue; // a new service has none
      }
      if (name === "log.ndjson") {
        this.#bytes = text.length;
        if (text !== "" && !text.endsWith("\n")) this.#pending.push("\n"); // a line cut by a crash ends here
      }
      this.#lines.push(...text.split("\n").flatMap(parseEntry));
    }
    this.#lines = this.#lines.slice(-this.options.linesMaxCount);
  }

  /** Adds a line. */
  add(line: LogLine): void {
    const entry: LogEntry = { time: this.now().toISOString(), ...line };
    this.#lines.push(entry);
    if (this.#lines.length > this.options.linesMaxCount * 2) {
      this.#lines = this.#lines.slice(-this.options.linesMaxCount);
    }
    for (const listener of this.#listeners) listener(entry);
    if (!this.options.folder) return;
    this.#pending.push(JSON.stringify(entry) + "\n");
    this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS);
  }

  /** The newest lines, oldest first. */
  tail(count: number): LogEntry[] {
    const from = this.#lines.length - Math.min(count, this.options.linesMaxCount);
    return this.#lines.slice(Math.max(0, from));
  }

  /** Calls back with each new line until the returned function is called. */
  follow(listener: (entry: LogEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #flush(): void {
    this.#timer = null;
    const text = this.#pending.join("");
    this.#pending = [];
    this.#writing = this.#writing.then(() => this.#append(text)).catch(() => {
      // A full disk must not stop the service; the lines are still in memory.
    });
  }

  async #append(text: string): Promise<void> {
    const { folder, fileMaxBytes } = this.options;
    if (!folder || text === "") return;
    const file = join(folder, "log.ndjson");
    if (this.#bytes + text.length > fileMaxBytes) {
      await Deno.rename(file, join(folder, "old.ndjson")).catch(() => {});
      this.#bytes = 0;
    }
    await Deno.writeTextFile(file, text, { append: true });
    this.#bytes += text.length;
  }

  /** Writes out what is pending. */
  async close(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#flush();
    this.#listeners.clear();
    await this.#writing;
  }
}

function parseEntry(line: string): LogEntry[] {
  try {
    return line === "" ? [] : [JSON.parse(line)];
  } catch {
    return []; // a line cut by a crash
  }
}
