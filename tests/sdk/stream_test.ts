/** Long streams pass through a guest in bounded memory, both ways. */
import { assert, assertEquals } from "@std/assert";
import { Builder } from "../../runtime/build/build.ts";
import { type Harness, startGuest } from "./harness.ts";
import { buildSample, SDK_LANGUAGES } from "./languages.ts";
import { LARGE_BYTES, largePieces, openWorld } from "./world.ts";

/** Far less than the stream, a little more than a few pieces of it. */
const MEMORY_MAX_BYTES = 4 << 20;

const builder = new Builder();
Deno.test.afterAll(() => builder.close());

function memoryBytes({ guest }: Harness): number {
  return (guest.exports["memory"] as WebAssembly.Memory).buffer.byteLength; // every module of the ABI has it
}

for (
  const sdk of SDK_LANGUAGES.filter(({ language }) => language === "cpp" || language === "assemblyscript")
) {
  Deno.test(`${sdk.language}: a download of 200 MB passes through in bounded memory`, async () => {
    await using world = await openWorld();
    const guest = await startGuest(await buildSample(builder, sdk, "relay"), {
      capabilities: world.capabilities,
    });
    const answer = await guest.ask("/stream?url=http://up/large", { discard: true });
    assertEquals([answer.status, answer.length], [200, LARGE_BYTES]);
    assert(memoryBytes(guest) <= MEMORY_MAX_BYTES, `the guest's memory grew to ${memoryBytes(guest)}`);
  });

  Deno.test(`${sdk.language}: an upload of 200 MB goes to a mount in bounded memory`, async () => {
    await using world = await openWorld();
    const guest = await startGuest(await buildSample(builder, sdk, "files"), {
      capabilities: world.capabilities,
    });
    const bytesOf = (text: string) => new TextEncoder().encode(text);
    const head = `--B\r\ncontent-disposition: form-data; name="big"; filename="f"\r\n\r\n`;
    function* rest() {
      yield* largePieces(LARGE_BYTES);
      yield bytesOf("\r\n--B--\r\n");
      return undefined;
    }
    const headers = { "content-type": "multipart/form-data; boundary=B" };
    const answer = await guest.ask("/upload", { method: "POST", headers, body: head, more: rest() });
    assertEquals(answer.status, 201);
    assertEquals((await Deno.stat(`${world.data}/big`)).size, LARGE_BYTES);
    assert(memoryBytes(guest) <= MEMORY_MAX_BYTES, `the guest's memory grew to ${memoryBytes(guest)}`);
  });
}
