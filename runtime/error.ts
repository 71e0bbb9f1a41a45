/**
 * The shape of Berth's errors. The closed union of codes and their texts are in `errors.ts`, joined from one
 * table per folder; this file holds only the class, so that a folder can throw without importing the others'.
 */

/** What a code means to its three readers; the guest's mapping is in the ABIs. */
export interface ErrorSpec {
  /** The HTTP status when it reaches a caller. */
  readonly status: number;
  /** A short, fixed name of the kind: "The manifest is not valid". */
  readonly title: string;
  /** What would fix it; shown to callers too, so it never holds a path of the host. */
  readonly fix: string;
}

/** A table of error codes. */
export type ErrorTable = Readonly<Record<string, ErrorSpec>>;

/** An error that Berth expects: its code is in a closed table, its detail is fit for the caller. */
export class BerthError<Code extends string = string> extends Error {
  /** Always this. */
  override readonly name = "BerthError";

  /**
   * Makes one.
   * @param code in one of the tables
   * @param detail what was attempted, then what is: public text without host paths
   * @param data fields for programs (`entry`, `key`, `limit` …)
   * @param internal what only the operator's log gets (paths, causes)
   */
  constructor(
    readonly code: Code,
    readonly detail: string,
    readonly data: Readonly<Record<string, unknown>> = {},
    readonly internal: string = "",
    options?: ErrorOptions,
  ) {
    super(internal ? `${detail} (${internal})` : detail, options);
  }
}
