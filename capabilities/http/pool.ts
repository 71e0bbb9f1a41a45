/** The connections of one service: bounded, and kept between requests for the same place. */
import { CapabilityError } from "../error.ts";
import { originOf, type Target } from "./allow.ts";
import { Connection } from "./connection.ts";
import type { Wire } from "./wire.ts";

/** How many there may be, and how long they are kept. */
export interface PoolOptions {
  connect(target: Target): Promise<Wire>;
  /** Connections that are being made at once, and those to one place that are kept without a request. */
  readonly maxCount: number;
  readonly idleMaxMs: number;
}

/** A server that says how long it keeps a connection closes it then: a request so shortly before may be lost. */
const MARGIN_MS = 1000;

/** See the file's comment. */
export class Pool {
  readonly #options: PoolOptions;
  readonly #open = new Set<Connection>();
  /** By place, the one that was used last at the end. */
  readonly #kept = new Map<string, Connection[]>();
  #connecting = 0;
  #closed = false;
  #sweepTimer: ReturnType<typeof setTimeout> | null = null;
  #sweepAtMs = Infinity;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** How many are open. */
  get count(): number {
    return this.#open.size;
  }

  /** A connection that was kept for just this place: its scheme, name and port, and so the address checked for it. */
  kept(place: string): Connection | null {
    const kept = this.#kept.get(place);
    if (!kept) return null;
    const now = performance.now();
    for (let connection = kept.pop(); connection; connection = kept.pop()) {
      const fit = connection.take() && connection.keptUntilMs > now;
      if (fit && !connection.closed) return connection;
      connection.close();
    }
    this.#kept.delete(place);
    return null;
  }

  /**
   * Makes a connection.
   * @throws {CapabilityError} `busy` when too many are being made; else as `connect` does
   */
  async make(target: Target): Promise<Connection> {
    const { maxCount, connect } = this.#options;
    // A connection goes on being made when its request has gone: without a bound, short time-outs would pile them
    // up until the process had no descriptor left.
    if (this.#connecting >= maxCount) {
      throw new CapabilityError("busy", `${maxCount} connections are being made already`);
    }
    if (this.#open.size >= 2 * maxCount) this.#dropKept();
    this.#connecting++;
    try {
      const connection: Connection = new Connection(
        await connect(target),
        originOf(target),
        () => this.#open.delete(connection),
      );
      this.#open.add(connection);
      if (this.#closed) connection.close();
      return connection;
    } finally {
      this.#connecting--;
    }
  }

  /** Takes a connection back whose request is over: it is kept, or closed when it cannot serve another. */
  release(connection: Connection, keepMs: number | null): void {
    const keptMs = Math.min(this.#options.idleMaxMs, keepMs === null ? Infinity : keepMs - MARGIN_MS);
    if (this.#closed || keptMs <= 0 || !connection.reusable) return connection.close();
    this.keep(connection, keptMs);
  }

  /** Keeps a connection. */
  keep(connection: Connection, keptMs: number = this.#options.idleMaxMs): void {
    const { place } = connection;
    let kept = this.#kept.get(place);
    if (!kept) this.#kept.set(place, kept = []);
    if (this.#closed || kept.length >= this.#options.maxCount) return connection.close();
    kept.push(connection);
    connection.keptUntilMs = performance.now() + keptMs;
    connection.keep(() => this.#lost(connection));
    this.#sweepBy(connection.keptUntilMs);
  }

  /** Breaks all of them off. */
  close(): void {
    this.#closed = true;
    for (const connection of this.#open) connection.close();
    this.#kept.clear();
    if (this.#sweepTimer !== null) clearTimeout(this.#sweepTimer);
  }

  #lost(connection: Connection): void {
    connection.close();
    this.#forget(connection);
  }

  #forget(connection: Connection): void {
    const kept = this.#kept.get(connection.place);
    const index = kept?.indexOf(connection) ?? -1;
    if (index >= 0) kept?.splice(index, 1);
    if (kept?.length === 0) this.#kept.delete(connection.place);
  }

  /** A service that calls many hosts gives up what it kept, and not new calls. */
  #dropKept(): void {
    for (const kept of this.#kept.values()) for (const connection of kept) connection.close();
    this.#kept.clear();
  }

  /** One timer for all of them: a request neither sets nor clears one. */
  #sweepBy(atMs: number): void {
    if (atMs >= this.#sweepAtMs) return;
    if (this.#sweepTimer !== null) clearTimeout(this.#sweepTimer);
    this.#sweepAtMs = atMs;
    this.#sweepTimer = setTimeout(() => this.#sweep(), Math.max(1, atMs - performance.now()));
  }

  #sweep(): void {
    this.#sweepTimer = null;
    this.#sweepAtMs = Infinity;
    const now = performance.now();
    let nextMs = Infinity;
    for (const kept of [...this.#kept.values()]) {
      for (const connection of [...kept]) {
        if (connection.keptUntilMs <= now) this.#lost(connection);
        else nextMs = Math.min(nextMs, connection.keptUntilMs);
      }
    }
    if (nextMs !== Infinity) this.#sweepBy(nextMs);
  }
}
