/** On what a run was made. */

/** Facts of the machine, and how busy it is with other things. */
export interface Machine {
  readonly text: string;
  readonly cores: number;
  readonly cpu: string;
  readonly deno: string;
  readonly loadAverage: readonly number[];
  readonly date: string;
}

/** Looks. */
export function machine(): Machine {
  const cores = navigator.hardwareConcurrency;
  const loadAverage = Deno.loadavg();
  let cpu: string = Deno.build.arch;
  try {
    cpu = /^model name\s*: (.*)$/m.exec(Deno.readTextFileSync("/proc/cpuinfo"))?.[1] ?? cpu;
  } catch {
    // Not Linux: the architecture has to do.
  }
  const load = loadAverage.map((each) => each.toFixed(1)).join(" ");
  const text = `${cores} cores of ${cpu}, Deno ${Deno.version.deno}, load average ${load} at the start`;
  return { text, cores, cpu, deno: Deno.version.deno, loadAverage, date: new Date().toISOString() };
}
