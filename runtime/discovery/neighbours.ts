/** The hosts that were heard of: bounded, since anyone on the network may announce anything. */
import type { Neighbour } from "../neighbour.ts";
import type { Heard } from "./record.ts";

const HOSTS_MAX_COUNT = 256;
/** A machine may run several hosts; more from one address are not believed. */
const HOSTS_PER_ADDRESS_MAX_COUNT = 16;

interface Known {
  readonly neighbour: Neighbour;
  readonly untilMs: number;
}

/** Who is there, until the time that each gave is over. */
export class Neighbours {
  readonly #known = new Map<string, Known>();

  /** @param nowMs the time, for tests */
  constructor(private readonly nowMs: () => number = Date.now) {}

  /** Hosts heard of and not too long ago, by name. */
  list(): readonly Neighbour[] {
    this.#forget();
    return [...this.#known.values()].map(({ neighbour }) => neighbour)
      .sort((a, b) => a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1);
  }

  /**
   * Takes an announcement or a goodbye. Both count only from where the host is known to be: another machine that
   * takes its id, or says goodbye for it, changes nothing until the host has been silent for its time.
   */
  hear({ neighbour, ttlS }: Heard): void {
    this.#forget();
    const known = this.#known.get(neighbour.id);
    const address = hostOf(neighbour);
    if (known && hostOf(known.neighbour) !== address) return;
    if (ttlS === 0) return void this.#known.delete(neighbour.id);
    if (!known && !this.#hasRoom(address)) return;
    this.#known.set(neighbour.id, { neighbour, untilMs: this.nowMs() + ttlS * 1000 });
  }

  #hasRoom(address: string): boolean {
    if (this.#known.size >= HOSTS_MAX_COUNT) return false;
    const there = [...this.#known.values()].filter(({ neighbour }) => hostOf(neighbour) === address);
    return there.length < HOSTS_PER_ADDRESS_MAX_COUNT;
  }

  #forget(): void {
    const nowMs = this.nowMs();
    for (const [id, { untilMs }] of this.#known) if (untilMs <= nowMs) this.#known.delete(id);
  }
}

const hostOf = ({ origin }: Neighbour) => new URL(origin).hostname;
