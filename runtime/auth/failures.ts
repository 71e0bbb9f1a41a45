/** Counts failed attempts by remote address, in a table that cannot grow without bound. */

/** How many failures pass. */
export interface FailureLimits {
  /** Failures in a row before the limit holds. */
  readonly burstMaxCount: number;
  /** After this time one more failure passes. */
  readonly refillMs: number;
  /** Addresses remembered; the one that was seen longest ago is forgotten first. */
  readonly addressesMaxCount: number;
}

/** Ten at once, then one in six seconds; 4096 addresses take less than a megabyte. */
export const FAILURE_LIMITS: FailureLimits = { burstMaxCount: 10, refillMs: 6_000, addressesMaxCount: 4_096 };

/** What is known of one address. */
interface Bucket {
  failures: number;
  seenMs: number;
}

/** The failures of all addresses. */
export class Failures {
  readonly #limits: FailureLimits;
  readonly #now: () => number;
  readonly #buckets = new Map<string, Bucket>();

  /** @param now a clock in ms that does not jump; only differences are used */
  constructor(limits: FailureLimits = FAILURE_LIMITS, now: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#now = now;
  }

  /** How long the address has to wait until a failure of it is heard again, in ms; 0 when it has not. */
  waitMs(remoteAddress: string): number {
    const bucket = this.#buckets.get(addressKey(remoteAddress));
    if (!bucket) return 0;
    // What time has taken off since the last failure is a fraction: one more is heard when it fits in whole.
    const over = this.#left(bucket) + 1 - this.#limits.burstMaxCount;
    return over <= 0 ? 0 : Math.ceil(over * this.#limits.refillMs);
  }

  /** Notes a failure. */
  add(remoteAddress: string): void {
    const key = addressKey(remoteAddress);
    const bucket = this.#buckets.get(key);
    // No more than the burst: who went on failing waits no longer for it.
    const failures = Math.min(bucket ? this.#left(bucket) + 1 : 1, this.#limits.burstMaxCount);
    this.#buckets.delete(key);
    this.#buckets.set(key, { failures, seenMs: this.#now() });
    if (this.#buckets.size > this.#limits.addressesMaxCount) {
      const oldest = this.#buckets.keys().next();
      if (!oldest.done) this.#buckets.delete(oldest.value);
    }
  }

  /** How many addresses are remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  #left(bucket: Bucket): number {
    return Math.max(0, bucket.failures - (this.#now() - bucket.seenMs) / this.#limits.refillMs);
  }
}

/** An IPv6 host has a /64 to choose addresses from: they count as one. */
function addressKey(remoteAddress: string): string {
  const address = remoteAddress.toLowerCase().replace(/^\[|\]$|%.*$/g, "").slice(0, 64);
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address);
  if (mapped?.[1]) return mapped[1];
  if (!address.includes(":")) return address;
  const head = address.split("::")[0] ?? "";
  return head.split(":").slice(0, 4).join(":") + "::/64";
}
