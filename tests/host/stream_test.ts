/** Streams through a guest, over a real socket: bounded memory, server-sent events, clients that leave. */
import { assert, assertEquals, assertLess } from "@std/assert";
import { serveHost } from "../../mod.ts";
import { buildCpp } from "../guests/build.ts";
import { testHost, until } from "./harness.ts";

const module = await buildCpp(new URL("../guests/serverless/stream/main.cpp", import.meta.url));
const MIB = 1 << 20;
/** By hand with 200: `MIB_COUNT=200 deno test -A tests/host/stream_test.ts`. */
const COUNT = Number(Deno.env.get("MIB_COUNT") ?? 40);
/** What may lie in queues, rings and not yet collected garbage, whatever the size of the body. */
const GROWTH_MAX_BYTES = 256 * MIB;
const limits = { requestBodyMaxBytes: 256 * MIB, responseBodyMaxBytes: 256 * MIB };

async function streaming() {
  const test = await testHost({ limits });
  const service = await test.deploy("streaming", module, { capabilities: { stdio: true } });
  const server = serveHost(test.host, { hostname: "127.0.0.1", port: 0 });
  return {
    service,
    at: (path: string) => `${server.origin}/api/streaming${path}`,
    async [Symbol.asyncDispose]() {
      await server.stop(1000);
      await test[Symbol.asyncDispose]();
    },
  };
}

/** The highest resident memory of this process while something runs, above what it was before. */
async function growth(action: () => Promise<void>): Promise<number> {
  const before = Deno.memoryUsage().rss;
  let peak = before;
  const timer = setInterval(() => peak = Math.max(peak, Deno.memoryUsage().rss), 20);
  await action();
  clearInterval(timer);
  return peak - before;
}

Deno.test("a large download passes through a guest with bounded memory", async () => {
  await using stream = await streaming();
  const grown = await growth(async () => {
    const answer = await fetch(stream.at(`/download?bytes=${COUNT * MIB}`));
    let bytes = 0;
    for await (const piece of answer.body ?? []) bytes += piece.length;
    assertEquals(bytes, COUNT * MIB);
  });
  console.log(`${COUNT} MiB: ${(grown / MIB).toFixed(0)} MiB more resident`);
  assertLess(grown, GROWTH_MAX_BYTES);
});

Deno.test("a large upload passes through a guest with bounded memory", async () => {
  await using stream = await streaming();
  const piece = new Uint8Array(MIB);
  let left = COUNT;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => left-- > 0 ? controller.enqueue(piece) : controller.close(),
  });
  const grown = await growth(async () => {
    const answer = await fetch(stream.at("/upload"), { method: "POST", body });
    assertEquals([answer.status, await answer.text()], [200, String(COUNT * MIB)]);
  });
  console.log(`${COUNT} MiB: ${(grown / MIB).toFixed(0)} MiB more resident`);
  assertLess(grown, GROWTH_MAX_BYTES);
});

Deno.test("bodies that come whole before their requests get an instance are not lost", async () => {
  await using stream = await streaming();
  for (const bytes of [10_000, 40_000, 200_000, 700_000]) {
    const body = new Uint8Array(bytes);
    const counts = await Promise.all(Array.from({ length: 24 }, async () => {
      const answer = await fetch(stream.at("/upload"), { method: "POST", body });
      return await answer.text();
    }));
    assertEquals(counts, Array.from({ length: 24 }, () => String(bytes)));
  }
});

Deno.test("a body past the limit is refused, whether its length was said or not", async () => {
  await using test = await testHost();
  await test.deploy("streaming", module, { limits: { requestBodyMaxBytes: MIB } });
  const server = serveHost(test.host, { hostname: "127.0.0.1", port: 0 });
  const at = `${server.origin}/api/streaming/upload`;
  const said = await fetch(at, { method: "POST", body: new Uint8Array(2 * MIB) });
  assertEquals([said.status, (await said.json()).code], [413, "body-too-large"]);
  let left = 20;
  const piece = new Uint8Array(MIB / 8);
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => left-- > 0 ? controller.enqueue(piece) : controller.close(),
  });
  const unsaid = await fetch(at, { method: "POST", body });
  assertEquals([unsaid.status, (await unsaid.json()).code], [413, "body-too-large"]);
  const exact = await fetch(at, { method: "POST", body: new Uint8Array(MIB) });
  assertEquals(await exact.text(), String(MIB));
  await server.stop(1000);
});

Deno.test("server-sent events arrive one after the other, and their end", async () => {
  await using stream = await streaming();
  const answer = await fetch(stream.at("/events?count=50"));
  assertEquals(answer.headers.get("content-type"), "text/event-stream");
  const events = (await answer.text()).split("\n\n").filter((event) => event !== "");
  assertEquals(events, Array.from({ length: 50 }, (_, number) => `data: ${number}`));
});

Deno.test("a client that leaves is noticed by the guest, which ends; a slow one holds it back", async () => {
  await using stream = await streaming();
  const abort = new AbortController();
  const answer = await fetch(stream.at("/events"), { signal: abort.signal });
  const reader = answer.body?.getReader();
  await reader?.read();
  await new Promise((resolve) => setTimeout(resolve, 300));
  const held = stream.service.cpuMs;
  assertEquals(stream.service.load.open, 1, "it waits for the client");
  abort.abort();
  await until("the guest ends", () => stream.service.load.open === 0);
  assert(stream.service.log.tail(50).some((line) => line.message === "the client has left"));
  assertLess(held, 5000);
});
