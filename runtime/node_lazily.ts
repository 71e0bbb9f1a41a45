/**
 * Parts of Node's library that a host needs seldom, loaded when they are first used. `node:crypto` takes 5 MiB with
 * what it stands on, a look through `node:child_process` as much: a host that only serves does without both.
 */

/** What is had so. */
interface Parts {
  readonly "node:child_process": typeof import("node:child_process");
  readonly "node:crypto": typeof import("node:crypto");
}

/** A part of Node's library, at once. */
export function nodePart<Name extends keyof Parts>(name: Name): Parts[Name] {
  // deno-lint-ignore no-process-global -- its import would load the base that this is to keep out
  return process.getBuiltinModule(name) as Parts[Name]; // the type that Node gives it
}

/** Hexadecimal SHA-256, at once; see {@link digestOf} for what can wait. */
export function sha256(bytes: Uint8Array | string): string {
  return nodePart("node:crypto").createHash("sha256").update(bytes).digest("hex");
}

/** The same by Web Crypto, which is there already. */
export async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
