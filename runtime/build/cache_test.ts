import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { Cache, userCacheFolder } from "./cache.ts";

Deno.test("the cache keeps the entries used last and never more than its share", async () => {
  const folder = await Deno.makeTempDir({ prefix: "berth-cache-test-" });
  try {
    const cache = new Cache(folder);
    for (let index = 0; index < 6; index++) {
      await cache.put("header", `k${index}`, new Uint8Array([index]));
      await Deno.utime(join(folder, "header", `k${index}`), index, index);
    }
    assertEquals(await cache.get("header", "k0"), undefined);
    assertEquals(await cache.get("header", "k5"), new Uint8Array([5]));
    assertEquals([...Deno.readDirSync(join(folder, "header"))].length, 4);
    await cache.clear();
    assertEquals(await cache.get("header", "k5"), undefined);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a cache that cannot be written is no error", async () => {
  const file = await Deno.makeTempFile({ prefix: "berth-cache-test-" });
  try {
    const cache = new Cache(join(file, "below-a-file"));
    await cache.put("module", "k", new Uint8Array(1));
    assertEquals(await cache.get("module", "k"), undefined);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("each system has its own place for caches", () => {
  const env = (values: Record<string, string>) => (name: string) => values[name];
  assertEquals(userCacheFolder(env({ BERTH_CACHE: "/own", HOME: "/home/me" }), "linux"), "/own");
  assertEquals(userCacheFolder(env({ HOME: "/home/me" }), "linux"), "/home/me/.cache/berth");
  assertEquals(userCacheFolder(env({ HOME: "/home/me", XDG_CACHE_HOME: "/xdg" }), "linux"), "/xdg/berth");
  assertEquals(userCacheFolder(env({ HOME: "/Users/me" }), "darwin"), "/Users/me/Library/Caches/berth");
});
