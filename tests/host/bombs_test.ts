/** Guests that take as much as they can get: bounded, with the documented error, and the host no larger for it. */
import { assert, assertEquals, assertLess } from "@std/assert";
import { serveHost } from "../../mod.ts";
import { buildCpp } from "../guests/build.ts";
import { handler } from "../guests/wat.ts";
import { testHost, until } from "./harness.ts";

const MIB = 1 << 20;
const LIMITS = {
  memoryMaxBytes: 16 * MIB,
  storageMaxBytes: 2 * MIB,
  responseBodyMaxBytes: MIB,
  descriptorsMaxCount: 64,
  logMaxBytesPerSecond: 256 << 10,
};

Deno.test("bombs of memory, log, storage, descriptors, answers and headers are bounded", async () => {
  await using test = await testHost();
  const module = await buildCpp(new URL("../guests/serverless/bombs/main.cpp", import.meta.url));
  const capabilities = { stdio: true, storage: true, files: { private: "/data" }, clock: true };
  const service = await test.deploy("bombs", module, { capabilities, limits: LIMITS });
  const server = serveHost(test.host, { hostname: "127.0.0.1", port: 0 });
  const ask = async (path: string) => {
    const answer = await fetch(`${server.origin}/api/bombs${path}`);
    return [answer.status, await answer.text()] as const;
  };
  const code = ([status, text]: readonly [number, string]) => [status, JSON.parse(text).code];
  await ask("/headers");
  const before = Deno.memoryUsage().rss;

  for (let round = 0; round < 5; round++) {
    const [status, bytes] = await ask("/memory");
    assertEquals(status, 200);
    assert(Number(bytes) > 8 * MIB && Number(bytes) <= LIMITS.memoryMaxBytes, bytes);
  }
  const grown = Deno.memoryUsage().rss - before;
  assertLess(grown, 6 * LIMITS.memoryMaxBytes, "instances that are gone may not have been collected yet");

  // Sixteen at once take 256 MiB; it goes when they have ended, without another request's doing.
  assertEquals(
    new Set((await Promise.all(Array.from({ length: 16 }, () => ask("/memory")))).map(([s]) => s)),
    new Set([200]),
  );
  await until(
    "their memory is given back",
    () => Deno.memoryUsage().rss - before < 6 * LIMITS.memoryMaxBytes,
  );

  assertEquals((await ask("/log"))[0], 200);
  await new Promise((resolve) => setTimeout(resolve, 300));
  const kept = [...Deno.readDirSync(`${test.folder}/services`)]
    .flatMap((entry) =>
      [...Deno.readDirSync(`${test.folder}/services/${entry.name}/logs`)].map((file) =>
        Deno.statSync(`${test.folder}/services/${entry.name}/logs/${file.name}`).size
      )
    ).reduce((sum, size) => sum + size, 0);
  assertLess(kept, 8 * MIB, "two files of four MiB at most");

  const [, stored] = await ask("/storage");
  assertEquals(stored, "20 quota", "2 MiB hold twenty values of 100,000 bytes");
  const [, opened] = await ask("/descriptors");
  assert(Number(opened) > 50 && Number(opened) < LIMITS.descriptorsMaxCount, opened);
  assertEquals(code(await ask("/response")), [502, "service-answer"]);
  assertEquals((await ask("/headers?count=50&bytes=100"))[0], 200);
  assertEquals(code(await ask("/headers?count=200&bytes=10")), [502, "service-answer"]);
  assertEquals(code(await ask("/headers?count=20&bytes=1000")), [502, "service-answer"]);
  assertEquals((await ask("/headers"))[0], 200);
  assertEquals(service.load.workers, 1, "the worker lived through all of it");
  await server.stop(1000);
});

Deno.test("a table bomb gets -1 at its limit", async () => {
  await using test = await testHost();
  const module = handler({
    fields: "(table $t 1 funcref)",
    body: `(loop $more (br_if $more (i32.ne (table.grow $t (ref.null func) (i32.const 1000)) (i32.const -1))))
      (if (i32.gt_u (table.size $t) (i32.const 10000)) (then (unreachable))) (call $send)`,
  });
  await test.deploy("tables", module, { limits: { tableEntriesMaxCount: 10_000 } });
  for (let round = 0; round < 3; round++) assertEquals((await test.call("/api/tables")).status, 200);
});
