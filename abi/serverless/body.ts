/** The request's body as the guest draws on it. */
import type { Exchange } from "../abi.ts";
import { CapabilityError } from "../../capabilities/error.ts";

const NOTHING = new Uint8Array(0);

/** What has not been handed to the guest yet. One reader at a time: `request.read` or a form. */
export class BodySource {
  #rest: Uint8Array;
  #owner: string | null = null;
  #ended: boolean;

  /** @param rest what has arrived and was not handed over; a view until {@link keep} */
  constructor(readonly exchange: Exchange, rest: Uint8Array, ended: boolean) {
    this.#rest = rest;
    this.#ended = ended;
  }

  /** Copies what is only a view; called before anything can change it. */
  keep(): void {
    if (this.#rest.length > 0) this.#rest = this.#rest.slice();
  }

  /** Whether everything was handed over. */
  get ended(): boolean {
    return this.#ended && this.#rest.length === 0;
  }

  /** Claims the body for one way of reading; `closed` when another has it. */
  claim(owner: string): void {
    if (this.#owner !== null && this.#owner !== owner) {
      throw new CapabilityError("closed", `read the request's body: ${this.#owner} reads it`);
    }
    this.#owner = owner;
  }

  /** The next bytes, at most `max`; `null` at the end. Synchronous where they have arrived. */
  next(max: number): Uint8Array | null | Promise<Uint8Array | null> {
    if (this.#rest.length > 0) return this.#take(max);
    if (this.#ended) return null;
    return this.exchange.read().then((piece) => {
      if (piece === null) {
        this.#ended = true;
        return null;
      }
      this.#rest = piece;
      return piece.length === 0 ? this.next(max) : this.#take(max);
    });
  }

  #take(max: number): Uint8Array {
    const piece = this.#rest.subarray(0, max);
    this.#rest = this.#rest.length > max ? this.#rest.subarray(max) : NOTHING;
    return piece;
  }
}
