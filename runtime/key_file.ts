/** The API key of a data folder: made on first start, readable by its owner only. */
import { Buffer } from "node:buffer";
import { timingSafeEqual } from "node:crypto";
import type { Authenticator } from "./caller.ts";
import { BerthError } from "./error.ts";

/** Opens or makes the key, and gives what checks it. */
export async function openKeyFile(path: string): Promise<Authenticator> {
  let key: string;
  try {
    key = (await Deno.readTextFile(path)).trim();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    key = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");
    await Deno.writeTextFile(path, key + "\n", { mode: 0o600, createNew: true });
  }
  const expected = Buffer.from(key);
  return {
    authenticate(headers) {
      const given = Buffer.from(/^Bearer (.+)$/i.exec(headers.get("authorization") ?? "")?.[1] ?? "");
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
        return Promise.reject(new BerthError("key-wrong", "the request has no valid key"));
      }
      const clientId = headers.get("x-client-id") ?? "api";
      return Promise.resolve({ clientId, scopes: ["admin"] as const, via: "api-key" });
    },
  };
}
