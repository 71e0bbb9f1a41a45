/**
 * The process that `crash.ts` kills: it changes a store without end and says on its standard output what each
 * change will make true, before it, and that it is done, after it.
 */
import { readImage } from "../../runtime/unit/image.ts";
import { openStore } from "../../runtime/store/store.ts";
import { berthImage, LIMITS_DEFAULT } from "./samples.ts";

const [folder = "", start = "0"] = Deno.args;
const encoder = new TextEncoder();

function say(line: unknown): void {
  const bytes = encoder.encode(JSON.stringify(line) + "\n");
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

async function change(sets: Readonly<Record<string, string | null>>, run: () => unknown): Promise<void> {
  say({ begin: sets });
  await run();
  say({ done: true });
}

const store = await openStore(folder);
for (let n = Number(start);; n++) {
  const assets = [0, 1, 2].map((index) => ({
    path: `assets/${index % 2}/${index}.txt`,
    bytes: encoder.encode(`${n}.${index} `.repeat(300)),
  }));
  const tar = await berthImage({ manifest: { version: `${n}.0.0` }, assets });
  await using image = await readImage(tar, LIMITS_DEFAULT, { folder: store.images.folder });
  await change({ image: image.digest }, () => store.images.add(image, "api"));
  await change({ service: image.digest }, () =>
    store.services.put({
      clientId: "api",
      name: "hello",
      imageDigest: image.digest,
      imageId: "api-hello",
      basePath: "/hello/v1",
      env: { N: String(n) },
      grants: { clock: true },
      limits: {},
    }));
  store.place("api-hello");
  await change(
    { prepared: `${image.digest} ${n}` },
    () => store.setPreparedModule(image.digest, "1", encoder.encode(`prepared ${n}`)),
  );
  await change({ setting: String(n) }, () => store.setSetting("n", String(n)));
  if (n % 3 === 2) await change({ service: null }, () => store.services.remove("api-hello"));
}
