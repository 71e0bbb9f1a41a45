/** The scenarios of a service's life: deploy, cold start, start of the host, waking many, memory, growth. */
import type { LoadGenerator } from "./load/load.ts";
import type { Effort } from "./load_run.ts";
import { type Spread, spread } from "./measure/stats.ts";
import type { RunSetting } from "./subjects/subject.ts";

/** A figure of such a scenario. */
export interface LifeResult {
  readonly scenario: string;
  readonly figure: string;
  readonly unit: string;
  readonly values: Spread;
  /** How many times it was measured. */
  readonly count: number;
}

/** Takes a measured figure. */
export type Tell = (figure: string, unit: string, values: readonly number[]) => void;

/** How long, how often, and by what a scenario asks that needs load. */
export interface LifeEffort extends Effort {
  readonly long: boolean;
  readonly load: LoadGenerator;
}

/** A scenario of a service's life. */
export interface LifeScenario {
  readonly name: string;
  readonly title: string;
  run(setting: RunSetting, effort: LifeEffort, tell: Tell): Promise<void>;
}

/** Runs one and gathers its figures. */
export async function runLife(
  scenario: LifeScenario,
  setting: RunSetting,
  effort: LifeEffort,
): Promise<LifeResult[]> {
  const results: LifeResult[] = [];
  await scenario.run(setting, effort, (figure, unit, values) => {
    results.push({ scenario: scenario.name, figure, unit, values: spread(values), count: values.length });
  });
  return results;
}

/** A new data folder in the run's folder. */
export function newFolder({ folder }: RunSetting): Promise<string> {
  return Deno.makeTempDir({ dir: folder });
}

/** Waits for something, looking now and then; fails after ten seconds. */
export async function until(what: string, check: () => Promise<boolean>): Promise<void> {
  const endsMs = performance.now() + 10_000;
  while (!await check()) {
    if (performance.now() > endsMs) throw new Error(`waited 10 s in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The milliseconds until an answer is whole. */
export async function timed(url: string): Promise<number> {
  const began = performance.now();
  const answer = await fetch(url);
  const text = await answer.text();
  const tookMs = performance.now() - began;
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${text}`);
  return tookMs;
}
