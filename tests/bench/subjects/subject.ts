/** A subject: something that answers requests and is measured. */
import type { ServerProcess } from "../measure/process.ts";

/** Numbers and places that all subjects of a run share. */
export interface RunSetting {
  /** Where everything of the run lies; removed at its end. */
  readonly folder: string;
  /** Where what was built or fetched stays from run to run. */
  readonly cacheFolder: string;
  /** Rounds of the compute guest that take about 10 ms here. */
  readonly computeRounds: number;
  /** Where the egress target listens. */
  readonly targetOrigin: string;
  readonly cores: number;
  /** Options of Deno for Berth's process: a profiler's. */
  readonly berthFlags?: readonly string[];
}

/** A subject at work. */
export interface Running {
  readonly server: ServerProcess;
  /** The paths to ask. */
  readonly paths: readonly string[];
  /** Set where any thread does the work of any request: then the main thread's time says nothing. */
  readonly anyThread?: true;
}

/** Something that is measured; `start` gives the same server to several subjects if it can. */
export interface Subject {
  readonly name: string;
  /** How a work is started; `null` when this subject cannot do it. */
  start(work: Work, setting: RunSetting, servers: ServerPool): Promise<Running | null>;
}

/** What is to be done for each request. */
export type Work =
  | "hello"
  | "echo"
  | "body-in"
  | "body-out"
  | "compute"
  | "egress"
  | "storage-read"
  | "storage-write"
  | "file"
  | "many";

/** Servers started for one scenario; ended together. */
export class ServerPool implements AsyncDisposable {
  readonly #servers = new Map<string, Promise<ServerProcess & AsyncDisposable>>();

  /** The server of that name, started once. */
  get<T extends ServerProcess>(name: string, start: () => Promise<T>): Promise<T> {
    const known = this.#servers.get(name) as Promise<T> | undefined; // the same name means the same kind
    if (known) return known;
    const started = start();
    this.#servers.set(name, started);
    return started;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(
      [...this.#servers.values()].map(async (server) => await (await server)[Symbol.asyncDispose]()),
    );
  }
}
