/** What the system says of a process: computing time by thread, memory. Linux only; elsewhere nothing is known. */

/** Computing time in milliseconds, by kind of thread. */
export interface CpuTimes {
  readonly main: number;
  /** Deno's Workers: the guests. */
  readonly workers: number;
  /** V8's helpers and the asynchronous runtime. */
  readonly others: number;
}

/** Memory of a process in bytes. */
export interface ProcessMemory {
  readonly rssBytes: number;
  /** Its own pages and its part of the shared ones. */
  readonly pssBytes: number;
}

const NONE: CpuTimes = { main: 0, workers: 0, others: 0 };

/** Computing time so far; threads that ended are not in it. */
export function cpuTimes(pid: number): CpuTimes {
  const times = { ...NONE };
  try {
    for (const { name } of Deno.readDirSync(`/proc/${pid}/task`)) {
      // The first number is the nanoseconds on a processor; /proc/PID/stat only counts in hundredths of a second.
      const ms = Number(Deno.readTextFileSync(`/proc/${pid}/task/${name}/schedstat`).split(" ")[0]) / 1e6;
      const comm = Deno.readTextFileSync(`/proc/${pid}/task/${name}/comm`);
      if (Number(name) === pid) times.main += ms;
      else if (comm.startsWith("worker-")) times.workers += ms;
      else times.others += ms;
    }
  } catch {
    // No /proc here, or a thread has just ended.
  }
  return times;
}

/** The time between two looks. */
export function cpuBetween(before: CpuTimes, after: CpuTimes): CpuTimes {
  return {
    main: after.main - before.main,
    workers: after.workers - before.workers,
    others: after.others - before.others,
  };
}

/** The memory of a process now. */
export function memoryOf(pid: number): ProcessMemory {
  try {
    const text = Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`);
    const kib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? NaN);
    return { rssBytes: kib("Rss") * 1024, pssBytes: kib("Pss") * 1024 };
  } catch {
    return { rssBytes: NaN, pssBytes: NaN };
  }
}
