/** One view of the files for all ABIs of an instance. */
import { assertEquals } from "@std/assert";
import { handler, message } from "../guests/wat.ts";
import { testHost } from "../host/harness.ts";

const sent = message("response.send", ["", { statusCode: 200, filePath: "/tmp/new" }]);

/** Writes a file through WASI, which must not be there yet, and sends it through the serverless ABI. */
const writer = handler({
  imports: `(import "wasi_snapshot_preview1" "path_open"
      (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))`,
  fields: `(data (i32.const 9000) "new") (data (i32.const 9010) "written through WASI")
    (data (i32.const 9040) "\\32\\23\\00\\00\\14\\00\\00\\00")
    (data (i32.const 9200) "${sent.text}")
    (func $must (param $errno i32) (if (local.get $errno) (then unreachable)))`,
  body: `(call $must (call $open (i32.const 3) (i32.const 0) (i32.const 9000) (i32.const 3) (i32.const 5)
      (i64.const 0x40) (i64.const 0) (i32.const 0) (i32.const 9100)))
    (call $must (call $write (i32.load (i32.const 9100)) (i32.const 9040) (i32.const 1) (i32.const 9104)))
    (call $must (call $close (i32.load (i32.const 9100))))
    (call $request (i32.const 0) (i32.const 9200) (i32.const ${sent.length}))`,
});

Deno.test("a file written through WASI to the scratch folder of a request is sent by its path, and is gone afterwards", async () => {
  await using test = await testHost();
  const capabilities = { files: { scratch: "/tmp" } };
  await test.deploy("writer", writer, { capabilities });
  for (let request = 0; request < 3; request++) {
    const answer = await test.call("/api/writer");
    assertEquals([answer.status, await answer.text()], [200, "written through WASI"]);
  }
});

Deno.test("requests at the same time have each their own scratch folder, for all ABIs", async () => {
  await using test = await testHost();
  await test.deploy("writer", writer, { capabilities: { files: { scratch: "/tmp" } } });
  const answers = await Promise.all(Array.from({ length: 20 }, () => test.call("/api/writer")));
  for (const answer of answers) assertEquals(await answer.text(), "written through WASI");
});
