/** A write may take only a part: until all is written. */

/** Writes everything. */
export function writeAll(handle: Deno.FsFile, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += handle.writeSync(bytes.subarray(at));
}
