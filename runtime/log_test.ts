import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { ServiceLog } from "./log.ts";

const at = (second: number) => () => new Date(Date.UTC(2026, 0, 1, 0, 0, second));
const line = (message: string) => ({ level: "info", source: "stdout", message } as const);

Deno.test("lines are kept over a restart, a line cut by a crash is passed over", async () => {
  const folder = await Deno.makeTempDir();
  const options = { folder, fileMaxBytes: 1 << 20, linesMaxCount: 100, linesMaxBytes: 1 << 20 };
  const log = new ServiceLog(options, at(1));
  log.add(line("one"));
  log.add({ ...line("two"), requestId: "r-1" });
  await log.close();
  await Deno.writeTextFile(join(folder, "log.ndjson"), '{"time":"2026', { append: true });
  const again = new ServiceLog(options, at(2));
  assertEquals(again.tail(10), [
    { time: "2026-01-01T00:00:01.000Z", ...line("one") },
    { time: "2026-01-01T00:00:01.000Z", ...line("two"), requestId: "r-1" },
  ]);
  again.add(line("three"));
  await again.close();
  const third = new ServiceLog(options);
  assertEquals(third.tail(10).map((entry) => entry.message), ["one", "two", "three"]);
  await third.close();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("files and memory stay bounded under a flood", async () => {
  const folder = await Deno.makeTempDir();
  const log = new ServiceLog({ folder, fileMaxBytes: 10_000, linesMaxCount: 50, linesMaxBytes: 100_000 });
  for (let round = 0; round < 30; round++) {
    for (let i = 0; i < 50; i++) log.add(line(`${round} ${i}`));
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await log.close();
  let bytes = 0;
  for await (const entry of Deno.readDir(folder)) bytes += (await Deno.stat(join(folder, entry.name))).size;
  assert(bytes > 10_000 && bytes <= 20_000, `${bytes} bytes`);
  assertEquals(log.tail(1000).length, 50);
  assertEquals(log.tail(1)[0]?.message, "29 49");
  assertEquals(log.tail(0), []);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a follower gets new lines until it stops", () => {
  const log = new ServiceLog({ folder: null, fileMaxBytes: 0, linesMaxCount: 10, linesMaxBytes: 1000 });
  const seen: string[] = [];
  const stop = log.follow((entry) => seen.push(entry.message));
  log.add(line("a"));
  stop();
  log.add(line("b"));
  assertEquals(seen, ["a"]);
});

Deno.test("long lines are fewer in memory, and what the disk does not take in time is not on it", async () => {
  const folder = await Deno.makeTempDir();
  const log = new ServiceLog({ folder, fileMaxBytes: 5_000, linesMaxCount: 50, linesMaxBytes: 4_000 });
  for (let i = 0; i < 100; i++) log.add(line(`${i} ${"x".repeat(900)}`));
  const kept = log.tail(100);
  assert(kept.length >= 4 && kept.length <= 8, `${kept.length} lines`);
  assertEquals(kept.at(-1)?.message.slice(0, 3), "99 ");
  log.add(line("x".repeat(20_000)));
  assertEquals(log.tail(1)[0]?.message.length, 20_000, "the last one is there, however long");
  await log.close();
  const { size } = await Deno.stat(join(folder, "log.ndjson"));
  assert(size > 3_000 && size <= 5_000, `${size} bytes`);
  await Deno.remove(folder, { recursive: true });
});
