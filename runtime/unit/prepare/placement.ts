/** What is inserted into the code, and where. */

/** What is inserted before an instruction. */
export const Insertion = { check: 1, tableFlag: 2, segmentFlag: 3, object: 4, array: 5 } as const;

/** Bits of the kind in an insertion; above them lie the bytes of an object or of an array's element. */
export const INSERTION_KIND_BITS = 3;

/** Why a check stands where it stands. */
export type CheckRule = "entries" | "loops" | "calls" | "heavy" | "longCode";

/** How many checks were placed and how many places did without, by rule. */
export interface CheckCounts {
  entries: number;
  entriesAvoided: number;
  loops: number;
  loopsAvoided: number;
  calls: number;
  callsAvoided: number;
  heavy: number;
  heavyAvoided: number;
  longCode: number;
}

/** What is inserted where. */
export interface Placement {
  /** Two numbers each: offset in the file and kind; ascending. */
  readonly insertions: Int32Array;
  /** Where each defined function's insertions begin; one more for the end of the last. */
  readonly insertionsFrom: Int32Array;
  readonly counts: CheckCounts;
}

/** No checks counted yet. */
export function noChecks(): CheckCounts {
  return {
    entries: 0,
    entriesAvoided: 0,
    loops: 0,
    loopsAvoided: 0,
    calls: 0,
    callsAvoided: 0,
    heavy: 0,
    heavyAvoided: 0,
    longCode: 0,
  };
}
