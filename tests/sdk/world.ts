/** Capabilities for the SDK's tests: real storage and files in a folder of their own, and a scripted network. */
import { join } from "@std/path";
import { CapabilityError } from "../../capabilities/error.ts";
import { openFiles } from "../../capabilities/files/open.ts";
import type { EgressRequest, EgressResponse, Http } from "../../capabilities/http/http.ts";
import { limitDefaults } from "../../capabilities/limit.ts";
import { CAPABILITY_LIMITS } from "../../capabilities/limits.ts";
import type { OpenedCapabilities } from "../../capabilities/open.ts";
import { openStorage } from "../../capabilities/storage/open.ts";

/** What the tests hold. */
export interface World extends AsyncDisposable {
  readonly capabilities: OpenedCapabilities;
  /** The folder behind `/data`. */
  readonly data: string;
  /** Requests that went out. */
  readonly sent: EgressRequest[];
}

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** Opens the world. The network answers `http://up/…` and refuses everything else. */
export async function openWorld(): Promise<World> {
  const folder = await Deno.makeTempDir({ prefix: "berth-world-" });
  const data = join(folder, "data");
  await Deno.mkdir(data);
  const context = {
    place: { privateFolder: data, storageFile: join(folder, "storage.db"), assetsFolder: null },
    limits: limitDefaults(CAPABILITY_LIMITS),
    config: {},
    log: () => {},
  };
  const storage = openStorage({ durability: "process-crash" }, context);
  const files = openFiles({ mounts: [{ guest: "/data", host: data, access: "read-write" }] }, context);
  const sent: EgressRequest[] = [];
  return {
    capabilities: { storage, files, http: scriptedNetwork(sent) },
    data,
    sent,
    async [Symbol.asyncDispose]() {
      storage.close();
      files.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

function scriptedNetwork(sent: EgressRequest[]): Http {
  return {
    async fetch(request) {
      await Promise.resolve();
      sent.push(request);
      const { hostname, pathname } = new URL(request.url);
      if (hostname !== "up") {
        throw new CapabilityError(
          "denied",
          `call ${hostname}: not allowed`,
          `"http": { "allow": ["http://${hostname}"] }`,
        );
      }
      if (pathname === "/down") {
        throw new CapabilityError("unreachable", "call up: the connection was refused");
      }
      if (pathname === "/many") return response(200, [bytesOf("one,"), bytesOf("two,"), bytesOf("three")]);
      if (pathname === "/large") return response(200, largePieces(LARGE_BYTES));
      const body = request.body instanceof Uint8Array ? request.body : new Uint8Array(0);
      return response(pathname === "/missing" ? 404 : 200, [bytesOf(`${request.method} `), body]);
    },
    usage: { requests: 0, denied: 0, sentBytes: 0, receivedBytes: 0, open: 0 },
    close() {},
  };
}

/** How much `http://up/large` gives. */
export const LARGE_BYTES = 200 << 20;

/** Pieces of 64 KiB, made one by one. */
export function* largePieces(bytes: number): Generator<Uint8Array, undefined> {
  const piece = new Uint8Array(65_536).fill(120);
  for (let left = bytes; left > 0; left -= piece.length) {
    yield left < piece.length ? piece.subarray(0, left) : piece;
  }
}

function response(status: number, pieces: Iterable<Uint8Array>): EgressResponse {
  return {
    url: "http://up/",
    status,
    headers: [["content-type", "text/x-up"], ["set-cookie", "a=1"], ["set-cookie", "b=2"]],
    body: ReadableStream.from(pieces),
    bytes: () => new Response(ReadableStream.from(pieces)).bytes(),
  };
}
