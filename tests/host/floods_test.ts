/** A guest that makes its host hear of it without end costs no more than its rate of log. */
import { encode } from "@msgpack/msgpack";
import { assert, assertEquals } from "@std/assert";
import { data, handler } from "../guests/wat.ts";
import { testHost } from "./harness.ts";

const TIMES = 3_000;
const AT = 8192;

/** Sends a message many times, without a session, and answers. */
function repeats(method: string, params: unknown): Uint8Array {
  const bytes = encode({ jsonrpc: "2.0", id: 1, method, params });
  return handler({
    fields: `(data (i32.const ${AT}) "${data(bytes)}")`,
    body: `(local $left i32)
      (local.set $left (i32.const ${TIMES}))
      (loop $again
        (call $request (i32.const 0) (i32.const ${AT}) (i32.const ${bytes.length}))
        (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
      (call $send)`,
  });
}

Deno.test("a flood of log.write is dropped past the log's rate, counted, and told", async () => {
  await using test = await testHost();
  const module = repeats("log.write", {
    level: "info",
    message: "m".repeat(500),
    fields: { f: "f".repeat(500) },
  });
  const service = await test.deploy("floods", module, { limits: { logMaxBytesPerSecond: 50_000 } });
  let bytes = 0, dropped = "";
  service.log.follow(({ source, message }) => {
    if (source === "log") bytes += 1000;
    else if (message.startsWith("dropped")) dropped = message;
  });
  const began = performance.now();
  assertEquals(await (await test.call("/api/floods")).text(), "ok");
  const seconds = 1 + (performance.now() - began) / 1000;
  assert(bytes > 40_000 && bytes <= 50_000 * seconds, `${bytes} bytes`);
  while (dropped === "") {
    await new Promise((resolve) => setTimeout(resolve, 200));
    await test.call("/api/floods");
  }
  assert(/^dropped \d{3,} lines/.test(dropped), dropped);
});

Deno.test("a flood of denied calls reaches the host in few words, and each is counted", async () => {
  await using test = await testHost();
  const module = repeats("storage.set_item", { key: "k", value: "v" });
  const service = await test.deploy("denied", module, { limits: { logMaxBytesPerSecond: 10_000 } });
  assertEquals(await (await test.call("/api/denied")).text(), "ok");
  assertEquals(service.counters.denials, { storage: TIMES });
  assertEquals(service.recentDenials(9).map(({ count }) => count), [TIMES]);
  const lines = service.log.tail(2000).filter(({ message }) => /denied|without session/.test(message));
  assert(lines.length < 200, `${lines.length} lines`);
});
