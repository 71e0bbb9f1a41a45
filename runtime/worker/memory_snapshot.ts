/** A snapshot of one memory: what is not zero is kept, in runs of blocks; the rest is filled with zeros. */
import { zeroScan } from "./zero_scan.ts";

/** Grain of what is kept: a page of the machine. */
const BLOCK_BYTES = 4096;

interface Run {
  readonly from: number;
  readonly to: number;
  /** The contents; `null` for zeros. */
  readonly saved: Uint8Array | null;
}

/** One memory of an instance, as it was when this was made. */
export class MemorySnapshot {
  readonly #runs: readonly Run[];
  readonly #bytes: number;
  #view: Uint8Array;

  /** Takes the snapshot. */
  constructor(private readonly memory: WebAssembly.Memory) {
    this.#view = new Uint8Array(memory.buffer);
    this.#bytes = this.#view.length;
    this.#runs = findRuns(memory, this.#view);
  }

  /** Bytes kept. */
  get savedBytes(): number {
    return this.#runs.reduce((sum, { saved }) => sum + (saved?.length ?? 0), 0);
  }

  /** Whether the memory is larger than it was; it cannot shrink again. */
  get grown(): boolean {
    return this.memory.buffer.byteLength !== this.#bytes;
  }

  /** Puts the contents back. The memory must not have grown. */
  restore(): void {
    // Growing by nothing gives the memory another buffer of the same size.
    if (this.#view.buffer !== this.memory.buffer) this.#view = new Uint8Array(this.memory.buffer);
    for (const { from, to, saved } of this.#runs) {
      if (saved === null) this.#view.fill(0, from, to);
      else this.#view.set(saved, from);
    }
  }
}

function findRuns(memory: WebAssembly.Memory, view: Uint8Array): Run[] {
  const scan = zeroScan(memory);
  const isZero = (at: number) => scan(at, at + BLOCK_BYTES);
  const runs: Run[] = [];
  for (let from = 0; from < view.length;) {
    const zero = isZero(from);
    let to = from + BLOCK_BYTES;
    while (to < view.length && isZero(to) === zero) to += BLOCK_BYTES;
    runs.push({ from, to, saved: zero ? null : view.slice(from, to) });
    from = to;
  }
  return runs;
}
