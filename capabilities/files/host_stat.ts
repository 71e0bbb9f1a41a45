/** File facts from Deno's and Node's forms, with the exact times that neither of them can tell. */
import type { FileKind, FileStat, FileTimes } from "./files.ts";

const KINDS: Readonly<Record<number, FileKind>> = {
  0o100000: "file",
  0o040000: "directory",
  0o120000: "link",
  0o010000: "fifo",
  0o140000: "socket",
  0o020000: "device",
  0o060000: "device",
};

/** The kind of file that a mode says. */
export function kindOfMode(mode: number): FileKind {
  return KINDS[mode & 0o170000] ?? "unknown";
}

/** What was found behind a name on the host. */
export interface HostFound {
  readonly kind: FileKind;
  readonly info: Deno.FileInfo;
}

/** Node's numbers of a file, as far as they are used. */
export interface NodeStat {
  readonly dev: number;
  readonly ino: number;
  readonly nlink: number;
  readonly size: number;
  readonly mode: number;
  readonly atimeMs: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
}

const NS_PER_MS = 1_000_000n;
const msToNs = (ms: number) => BigInt(Math.floor(ms)) * NS_PER_MS;

/** How many files' exact times are remembered; the oldest go first. */
const EXACT_MAX_COUNT = 1024;

interface ExactTimes {
  accessedNs: bigint | undefined;
  modifiedNs: bigint | undefined;
}

/**
 * Deno tells times in whole milliseconds. Times that a guest set itself are remembered here to the nanosecond
 * and told as long as the host's own answer agrees with them.
 */
export class StatReader {
  readonly #exact = new Map<string, ExactTimes>();

  /** From `Deno.lstatSync`. */
  fromDeno(info: Deno.FileInfo): FileStat {
    const modifiedMs = info.mtime?.getTime() ?? 0;
    return this.#withExact({
      kind: kindOfMode(info.mode ?? 0),
      device: info.dev,
      inode: info.ino ?? 0,
      links: info.nlink ?? 1,
      sizeBytes: info.size,
      accessedNs: msToNs(info.atime?.getTime() ?? 0),
      modifiedNs: msToNs(modifiedMs),
      changedNs: msToNs(info.ctime?.getTime() ?? modifiedMs),
    });
  }

  /** From `fstatSync` of `node:fs`. */
  fromNode(stat: NodeStat): FileStat {
    return this.#withExact({
      kind: kindOfMode(stat.mode),
      device: stat.dev,
      inode: stat.ino,
      links: stat.nlink,
      sizeBytes: stat.size,
      accessedNs: msToNs(stat.atimeMs),
      modifiedNs: msToNs(stat.mtimeMs),
      changedNs: msToNs(stat.ctimeMs),
    });
  }

  /** Remembers the times that were set on a file. */
  remember(stat: FileStat, times: FileTimes): void {
    const key = `${stat.device}:${stat.inode}`;
    const known = this.#exact.get(key) ?? { accessedNs: undefined, modifiedNs: undefined };
    if (times.accessed !== undefined) known.accessedNs = exactOf(times.accessed);
    if (times.modified !== undefined) known.modifiedNs = exactOf(times.modified);
    this.#exact.delete(key);
    this.#exact.set(key, known);
    if (this.#exact.size > EXACT_MAX_COUNT) {
      for (const oldest of this.#exact.keys()) {
        this.#exact.delete(oldest);
        break;
      }
    }
  }

  #withExact(stat: FileStat): FileStat {
    if (this.#exact.size === 0) return stat;
    const exact = this.#exact.get(`${stat.device}:${stat.inode}`);
    if (exact === undefined) return stat;
    return {
      ...stat,
      accessedNs: agreeing(stat.accessedNs, exact.accessedNs),
      modifiedNs: agreeing(stat.modifiedNs, exact.modifiedNs),
    };
  }
}

const exactOf = (time: bigint | "now") => time === "now" ? undefined : time;

/** The exact time, where the host's is the same to its millisecond. */
function agreeing(toldNs: bigint, exactNs: bigint | undefined): bigint {
  if (exactNs === undefined) return toldNs;
  const difference = toldNs - exactNs;
  return difference <= NS_PER_MS && difference >= -NS_PER_MS ? exactNs : toldNs;
}
