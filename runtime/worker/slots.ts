/**
 * Things under way by number, without a hash table. A `Map` whose entries come and go all the time is rehashed again and
 * again, and V8 keeps what the old tables held alive: it promoted a third of everything that a request made. A number
 * is a slot and the slot's generation, so that one that is over is never taken for the next in its slot.
 */

const SLOT_BITS = 12;
const SLOT_MASK = (1 << SLOT_BITS) - 1;
const GENERATION_MASK = 0x7_ffff;

/** At most 4,096 things by number. */
export class Slots<T> {
  readonly #items: (T | undefined)[] = [];
  readonly #numbers: number[] = [];
  readonly #free: number[] = [];
  /** The other side gave a slot on while what was in it is not over here: a guest that works on after its answer. */
  readonly #older = new Map<number, T>();
  #size = 0;
  /** Whether numbers are given here; the other side keeps no list of free slots, which would only grow. */
  #gives = false;

  /** How many there are. */
  get size(): number {
    return this.#size;
  }

  /** A number that nothing has; below 2^31, never 0. */
  next(): number {
    this.#gives = true;
    const slot = this.#free.pop() ?? this.#items.length;
    if (slot > SLOT_MASK) throw new RangeError(`there are ${slot} requests in one worker already`);
    if (slot === this.#items.length) {
      this.#items.push(undefined);
      this.#numbers.push(slot);
    }
    const generation = ((this.#numbers[slot] ?? 0) >> SLOT_BITS) + 1 & GENERATION_MASK;
    return ((generation === 0 ? 1 : generation) << SLOT_BITS) | slot;
  }

  /** Puts a thing under a number: one of {@link next}, or of the other side's. */
  set(number: number, item: T): void {
    const slot = number & SLOT_MASK;
    while (this.#items.length <= slot) {
      this.#items.push(undefined);
      this.#numbers.push(0);
    }
    const before = this.#items[slot];
    if (before !== undefined) this.#older.set(this.#numbers[slot] ?? 0, before);
    this.#items[slot] = item;
    this.#numbers[slot] = number;
    this.#size++;
  }

  /** What is under a number. */
  get(number: number): T | undefined {
    const slot = number & SLOT_MASK;
    if (this.#numbers[slot] === number) return this.#items[slot];
    return this.#older.size === 0 ? undefined : this.#older.get(number);
  }

  /** Takes it away; whether it was there. */
  delete(number: number): boolean {
    const slot = number & SLOT_MASK;
    if (this.#numbers[slot] !== number) {
      const older = this.#older.delete(number);
      if (older) this.#size--;
      return older;
    }
    if (this.#items[slot] === undefined) return false;
    this.#items[slot] = undefined;
    if (this.#gives) this.#free.push(slot);
    this.#size--;
    return true;
  }

  /** All of them, in no order. */
  values(): T[] {
    return [...this.#older.values(), ...this.#items.filter((item) => item !== undefined)];
  }
}
