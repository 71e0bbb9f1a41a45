/**
 * What a store does on a full disk. Run by hand, with a small file system of its own:
 *
 *     unshare -rm sh -c 'mount -t tmpfs -o size=4m tmpfs /mnt && deno run -A tests/unit/disk_full_task.ts /mnt'
 */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { BerthError } from "../../runtime/error.ts";
import { openStore } from "../../runtime/store/store.ts";
import { readImage } from "../../runtime/unit/image.ts";
import { berthImage, LIMITS_DEFAULT } from "./samples.ts";

const [mount = ""] = Deno.args;
const folder = join(mount, "data");
const store = await openStore(folder);
const code = (error: BerthError) => assertEquals(error.code, "disk-full", error.message);

async function add(version: string, bytes: number) {
  const assets = [{ path: "big", bytes: new Uint8Array(bytes) }];
  const tar = await berthImage({ manifest: { version }, assets });
  await using image = await readImage(tar, LIMITS_DEFAULT, { folder: store.images.folder });
  return await store.images.add(image, "api");
}

const first = await add("1.0.0", 100_000);
const input = {
  clientId: "api",
  name: "hello",
  imageDigest: first.digest,
  imageId: first.id,
  basePath: "/hello",
  env: {},
  grants: {},
  limits: {},
};
store.services.put(input);

code(await assertRejects(() => add("2.0.0", 8 << 20), BerthError));
assertEquals([...Deno.readDirSync(store.images.folder)].map(({ name }) => name), [first.digest]);
console.log("an image that does not fit is refused and leaves nothing");

try {
  for (let n = 0;; n++) Deno.writeFileSync(join(mount, `fill-${n}`), new Uint8Array(4096));
} catch (error) {
  console.log("filled:", (error as Error).message);
}
code(assertThrows(() => {
  for (let n = 0;; n++) store.setSetting("k", String(n));
}, BerthError));
code(assertThrows(() => store.services.put({ ...input, env: { A: "x".repeat(20_000) } }), BerthError));
code(assertThrows(() => store.setPreparedModule(first.digest, "1", new Uint8Array(500_000)), BerthError));
assertEquals(store.services.get("api-hello")?.revision, 1);
console.log("changes are refused with disk-full, and what was there is there");

assert(store.services.remove("api-hello"));
assert(store.images.remove(first.id));
assertEquals([...Deno.readDirSync(store.images.folder)].length, 0);
console.log("removing works all the same");
store.close();
const again = await openStore(folder);
assertEquals([again.problems.length, again.services.list().length, again.images.list().length], [0, 0, 0]);
again.close();
console.log("and holds after a restart");
