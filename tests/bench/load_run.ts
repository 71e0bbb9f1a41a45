/** Runs a scenario under load: all subjects up at once, asked one after the other, several rounds. */
import type { LoadGenerator } from "./load/load.ts";
import { cpuBetween, cpuTimes } from "./measure/proc.ts";
import { type Spread, spread } from "./measure/stats.ts";
import type { LoadScenario } from "./scenarios.ts";
import { type Running, type RunSetting, ServerPool, type Subject } from "./subjects/subject.ts";

/** What one subject showed in one round. */
export interface Round {
  readonly perSecond: number;
  /** Against the first subject in the same round. */
  readonly ratio: number;
  /** The same by the computing time of the main thread: the ratio where that thread is the limit. */
  readonly mainRatio: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly errors: number;
  /** Microseconds of computing for a request. */
  readonly mainUs: number;
  readonly workersUs: number;
  readonly othersUs: number;
  /** The load generator's own, where it tells. */
  readonly loadUs: number;
}

/** What one server showed by itself, and how often it was asked. */
export type Asked = Omit<Round, "ratio" | "mainRatio"> & { readonly requests: number };

/** What one subject showed in all rounds. */
export interface LoadResultRow {
  readonly scenario: string;
  readonly title: string;
  readonly subject: string;
  readonly connections: number;
  readonly errors: number;
  readonly figures: Readonly<Record<keyof Omit<Round, "errors">, Spread>>;
  readonly rounds: readonly Round[];
}

/** How long and how often. */
export interface Effort {
  readonly rounds: number;
  readonly seconds: number;
}

const WARM_UP_SECONDS = 1;

/** Asks a server for so long, and tells what it cost. */
export async function measure(
  load: LoadGenerator,
  { server, paths }: Running,
  scenario: Pick<LoadScenario, "request">,
  connections: number,
  seconds: number,
): Promise<Asked> {
  const before = cpuTimes(server.pid);
  const result = await load.run(server.origin, { ...scenario.request, paths }, { connections, seconds });
  const { main, workers, others } = cpuBetween(before, cpuTimes(server.pid));
  const each = (ms: number) => ms * 1000 / Math.max(1, result.requests);
  const { perSecond, p50Ms, p99Ms, errors, ownUs: loadUs = NaN } = result;
  return {
    requests: result.requests,
    perSecond,
    p50Ms,
    p99Ms,
    errors,
    mainUs: each(main),
    workersUs: each(workers),
    othersUs: each(others),
    loadUs,
  };
}

const FIGURES = [
  "perSecond",
  "ratio",
  "mainRatio",
  "p50Ms",
  "p99Ms",
  "mainUs",
  "workersUs",
  "othersUs",
  "loadUs",
] as const;

function row(
  scenario: LoadScenario,
  subject: string,
  connections: number,
  rounds: readonly Round[],
): LoadResultRow {
  const figures = Object.fromEntries(
    FIGURES.map((name) => [name, spread(rounds.map((round) => round[name]))]),
  ) as LoadResultRow["figures"];
  const errors = rounds.reduce((sum, round) => sum + round.errors, 0);
  const { name, title } = scenario;
  return { scenario: name, title, subject, connections, errors, figures, rounds };
}

/** Starts the subjects that can do it. */
async function startAll(
  scenario: LoadScenario,
  subjects: readonly Subject[],
  setting: RunSetting,
  servers: ServerPool,
  note: (text: string) => void,
): Promise<Map<string, Running>> {
  const running = new Map<string, Running>();
  for (const subject of subjects) {
    try {
      const started = await subject.start(scenario.work, setting, servers);
      if (started) running.set(subject.name, started);
    } catch (error) {
      note(
        `${scenario.name}: ${subject.name} did not start: ${error instanceof Error ? error.message : error}`,
      );
    }
  }
  return running;
}

/** What the servers said on standard error, with the name of each; several subjects may share a server. */
function complaints(running: ReadonlyMap<string, Running>): Set<string> {
  const servers = new Map([...running].map(([name, { server }]) => [server, name]));
  return new Set(
    [...servers].flatMap(([server, name]) => server.complaints().map((line) => `${name}: ${line}`)),
  );
}

const firstLine = (error: unknown) =>
  String(error instanceof Error ? error.message : error).trim().split("\n")[0];

/** Runs one scenario; the rows come as each number of connections is done. */
export async function* runLoad(
  scenario: LoadScenario,
  subjects: readonly Subject[],
  setting: RunSetting,
  load: LoadGenerator,
  effort: Effort,
  note: (text: string) => void,
): AsyncGenerator<LoadResultRow[]> {
  await using servers = new ServerPool();
  const running = await startAll(scenario, subjects, setting, servers, note);
  for (const connections of scenario.connections) {
    for (const [name, each] of [...running]) {
      try {
        await measure(load, each, scenario, connections, WARM_UP_SECONDS);
      } catch (error) {
        // A peer that cannot take so many connections is no reason to measure nothing else.
        running.delete(name);
        note(`${name} is left out from ${connections} connections on: ${firstLine(error)}`);
      }
    }
    const rounds = new Map([...running.keys()].map((name): [string, Round[]] => [name, []]));
    for (let round = 0; round < effort.rounds; round++) {
      let base: { readonly perSecond: number; readonly mainUs: number } | null = null;
      for (const [name, each] of running) {
        const figures = await measure(load, each, scenario, connections, effort.seconds);
        base ??= figures;
        const ratio = figures.perSecond / base.perSecond,
          mainRatio = each.anyThread ? NaN : base.mainUs / figures.mainUs;
        rounds.get(name)?.push({ ...figures, ratio, mainRatio });
      }
    }
    for (const line of complaints(running)) note(`${scenario.name}: ${line}`);
    yield [...rounds].map(([name, each]) => row(scenario, name, connections, each));
  }
}
