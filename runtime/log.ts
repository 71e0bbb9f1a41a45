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
  /** And their characters as JSON, together; up to twice as much of both is there for a while. */
  readonly linesMaxBytes: number;
}

/** A line in memory. */
interface Kept {
  readonly entry: LogEntry;
  readonly bytes: number;
}

const FLUSH_MS = 100;

/** The log of one service. */
export class ServiceLog {
  readonly #listeners = new Set<(entry: LogEntry) => void>();
  #lines: Kept[] = [];
  #linesBytes = 0;
  #pending: string[] = [];
  /** What is not on the disk yet. */
  #unwrittenBytes = 0;
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
        if (text !== "" && !text.endsWith("\n")) {
          this.#pending.push("\n"); // a line cut by a crash ends here
          this.#unwrittenBytes++;
        }
      }
      for (const line of text.split("\n")) {
        for (const entry of parseEntry(line)) this.#keep(entry, line.length);
      }
    }
  }

  #keep(entry: LogEntry, bytes: number): void {
    const { linesMaxCount, linesMaxBytes } = this.options;
    this.#lines.push({ entry, bytes });
    this.#linesBytes += bytes;
    if (this.#lines.length <= linesMaxCount * 2 && this.#linesBytes <= linesMaxBytes * 2) return;
    let from = this.#lines.length - 1;
    for (let left = linesMaxBytes - bytes; from > 0 && this.#lines.length - from < linesMaxCount; from--) {
      left -= this.#lines[from - 1]?.bytes ?? 0;
      if (left < 0) break;
    }
    this.#lines = this.#lines.slice(from);
    this.#linesBytes = this.#lines.reduce((sum, line) => sum + line.bytes, 0);
  }

  /** Adds a line. */
  add(line: LogLine): void {
    const entry: LogEntry = { time: this.now().toISOString(), ...line };
    const text = JSON.stringify(entry) + "\n";
    this.#keep(entry, text.length);
    for (const listener of this.#listeners) listener(entry);
    // Where more comes than the disk takes, a whole file of it waits already: the line is in memory only.
    if (!this.options.folder || this.#unwrittenBytes + text.length > this.options.fileMaxBytes) return;
    this.#pending.push(text);
    this.#unwrittenBytes += text.length;
    this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS);
  }

  /** The newest lines, oldest first. */
  tail(count: number): LogEntry[] {
    const from = this.#lines.length - Math.min(count, this.options.linesMaxCount);
    return this.#lines.slice(Math.max(0, from)).map(({ entry }) => entry);
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
    }).then(() => {
      this.#unwrittenBytes -= text.length;
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
