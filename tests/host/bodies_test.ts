/** Bodies arrive byte for byte, at and around every size at which they travel in another way. */
import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { type FrontName, listenHost } from "../../runtime/server/serve.ts";
import { buildCpp } from "../guests/build.ts";
import { testHost } from "./harness.ts";

const module = await buildCpp(new URL("../guests/serverless/stream/main.cpp", import.meta.url));

const KIB = 1 << 10;
const BORDERS = [32 * KIB, 64 * KIB, 128 * KIB, 512 * KIB, 1024 * KIB];
const SIZES = [0, 1, ...BORDERS.flatMap((border) => [border - 1, border, border + 1])];

/** Bytes that repeat at no size that anything here is cut to, and differ from size to size. */
function pattern(size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at++) bytes[at] = (at % 251) ^ (at >>> 8) ^ size;
  return bytes;
}

/** Fails with the first byte that differs, not with a megabyte of them. */
function assertBytes(got: Uint8Array, wanted: Uint8Array, what: string): void {
  assertEquals(got.length, wanted.length, `${what}: the length`);
  if (Buffer.from(got.buffer, got.byteOffset, got.length).equals(wanted)) return;
  const at = got.findIndex((byte, index) => byte !== wanted[index]);
  assert(false, `${what}: byte ${at} is ${got[at]} and should be ${wanted[at]}`);
}

/** A stream without a length, in pieces of an odd size. */
function pieces(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at += 40_009));
    },
  });
}

async function serving(front: FrontName) {
  const test = await testHost();
  await test.deploy("bodies", module, { capabilities: { stdio: true } });
  const server = await listenHost(test.host, { hostname: "127.0.0.1", port: 0, front });
  return {
    async send(path: string, size: number, chunked: boolean): Promise<void> {
      const bytes = pattern(size);
      const body = chunked ? pieces(bytes) : bytes;
      const answer = await fetch(`${server.origin}/api/bodies${path}`, { method: "POST", body });
      const got = await answer.bytes();
      const what = `${path} ${size}${chunked ? " in pieces" : ""}`;
      assertEquals(answer.status, 200, what);
      assertBytes(got, bytes, what);
    },
    async [Symbol.asyncDispose]() {
      await server.stop(0);
      await test[Symbol.asyncDispose]();
    },
  };
}

for (const front of ["fast", "safe"] as const) {
  for (const path of ["/echo", "/pipe"]) {
    Deno.test(`bodies of ${SIZES.length} sizes come back as they went, by ${path} (${front} front)`, async () => {
      await using host = await serving(front);
      for (const size of SIZES) {
        for (const chunked of [false, true]) await host.send(path, size, chunked);
      }
    });
  }

  Deno.test(`bodies of many sizes at once do not mix (${front} front)`, async () => {
    await using host = await serving(front);
    const requests = SIZES.flatMap((size) => [["/echo", size], ["/pipe", size]] as const);
    for (let round = 0; round < 2; round++) {
      await Promise.all(requests.map(([path, size], index) => host.send(path, size, index % 3 === round)));
    }
  });
}
