/** What to do about a denial, while one develops: the line that would allow it, and putting it into berth.json. */
import { join } from "@std/path";
import { MANIFEST_NAME, parseManifest } from "../../unit/manifest.ts";
import { BerthError } from "../../error.ts";
import type { LogEntry } from "../client.ts";
import { addCapability, type CapabilityLine, readCapabilityLine } from "../manifest_edit.ts";
import { CEILINGS } from "../pack.ts";

/** A line of berth.json that would allow what was denied. */
export interface Offer {
  /** As the denial says it; it may hold text of the guest's. */
  readonly line: string;
  /** What to add; nothing where only the author can know. */
  readonly add: CapabilityLine | undefined;
}

/** The offers of a run: each line once. */
export class Offers {
  readonly #made = new Set<string>();
  #open: Offer | undefined;

  /** The one that waits for a yes or no. */
  get open(): Offer | undefined {
    return this.#open;
  }

  /** The offer of a line of the log, the first time that it comes. */
  of({ source, fields }: LogEntry): Offer | undefined {
    const line = fields?.["manifestLine"];
    if (source !== "host" || typeof line !== "string" || this.#made.has(line)) return undefined;
    this.#made.add(line);
    const offer = { line, add: readCapabilityLine(line) };
    if (offer.add) this.#open = offer;
    return offer;
  }

  /** Takes the one that waits away. */
  close(): Offer | undefined {
    const offer = this.#open;
    this.#open = undefined;
    return offer;
  }
}

/**
 * Puts a capability into the project's manifest, when that gives a valid one.
 * @returns why not, or nothing
 */
export async function addToManifest(root: string, line: CapabilityLine): Promise<string | undefined> {
  const path = join(root, MANIFEST_NAME);
  try {
    const before = await Deno.readTextFile(path);
    JSON.parse(before.replace(/^\uFEFF/, "")); // positions are found in valid JSON only
    const text = addCapability(before, line);
    parseManifest(new TextEncoder().encode(text), CEILINGS);
    await Deno.writeTextFile(path, text); // in place: it may be a link, and its owner and mode stay
    return undefined;
  } catch (error) {
    return error instanceof BerthError
      ? error.detail
      : error instanceof Error
      ? error.message
      : String(error);
  }
}
