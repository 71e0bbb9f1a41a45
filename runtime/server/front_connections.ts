/** How many connections a front holds: together, and from one address, so that one client cannot take them all. */

/** Bounds of a front. */
export interface ConnectionBounds {
  /** Together. */
  readonly maxCount: number;
  /** From one address; this machine's own are not counted by address, for a proxy before Berth is one of them. */
  readonly perAddressMaxCount: number;
  /** Counts this machine's own by address too, where no proxy stands before Berth. */
  readonly countLocal?: boolean;
}

/** Counts connections. */
export class Connections {
  readonly #byAddress = new Map<string, number>();
  #open = 0;
  #refused = 0;

  constructor(private readonly bounds: ConnectionBounds) {}

  /** Those that are open. */
  get open(): number {
    return this.#open;
  }

  /** Those that were refused since the front was opened. */
  get refused(): number {
    return this.#refused;
  }

  /** Takes one in and gives what to call when it has ended, once; `null` when there are enough. */
  enter(address: string): (() => void) | null {
    const client = clientOf(address);
    const before = this.#byAddress.get(client) ?? 0;
    const full = this.#open >= this.bounds.maxCount ||
      ((client !== LOCAL || this.bounds.countLocal) && before >= this.bounds.perAddressMaxCount);
    if (full) {
      this.#refused++;
      return null;
    }
    this.#open++;
    this.#byAddress.set(client, before + 1);
    return () => this.#leave(client);
  }

  #leave(client: string): void {
    this.#open--;
    const left = (this.#byAddress.get(client) ?? 1) - 1;
    if (left === 0) this.#byAddress.delete(client); // addresses come from outside: none is kept
    else this.#byAddress.set(client, left);
  }
}

const LOCAL = "local";

/** Who an address is: IPv4 whole, IPv6 by its network of 64 bits, which one client has to itself. */
export function clientOf(address: string): string {
  const plain = address.toLowerCase().replace(/%.*$/, "").replace(/^::ffff:(?=\d+\.)/, "");
  if (plain === "::1" || plain.startsWith("127.")) return LOCAL;
  if (!plain.includes(":")) return plain;
  const [head = "", tail] = plain.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined
    ? []
    : Array<string>(Math.max(0, 8 - before.length - after.length)).fill("0");
  return [...before, ...zeros, ...after].slice(0, 4).map((part) => part.replace(/^0+(?=.)/, "")).join(":");
}
