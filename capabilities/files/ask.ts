/** What a grant of `files` says, as stored and as posted to the worker. */

/** One host directory. */
export interface MountAsk {
  /** Absolute guest path. */
  readonly guest: string;
  /** Absolute host path; a manifest may leave it to the operator, a grant in force has it. */
  readonly host?: string | undefined;
  readonly access: "read" | "read-write";
}

/** The grant. */
export interface FilesGrant {
  readonly mounts: readonly MountAsk[];
  /** Guest path of the service's own folder on disk. */
  readonly private?: string | undefined;
  /** A folder in memory; per request, or as long as the worker lives. */
  readonly scratch?: { readonly guest: string; readonly perRequest: boolean } | undefined;
  /**
   * Works through the C library (FFI) instead of Deno's own functions: free of races with other programs, faster, and
   * able to make links; the worker then has the permission to call that library. The operator's choice.
   */
  readonly native?: boolean | undefined;
  /** Guest path of the read-only assets that came in the image. */
  readonly assets?: string | undefined;
}

/** Whether a host directory lies strictly inside another. */
export function liesInside(inner: string, outer: string): boolean {
  return inner !== outer && inner.startsWith(outer === "/" ? "/" : `${outer}/`);
}
