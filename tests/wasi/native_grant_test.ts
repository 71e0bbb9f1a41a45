/** FFI is the operator's to give, through the whole host. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { libcPath } from "../../capabilities/files/native_libc.ts";
import { planPermissions } from "../../capabilities/plans.ts";
import { BerthError } from "../../runtime/error.ts";
import { reporter } from "../guests/wat.ts";
import { pack, testHost } from "../host/harness.ts";

/** Makes a link, and answers with the errno. */
const linker = reporter(
  `(call $symlink (i32.const 9000) (i32.const 4) (i32.const 3) (i32.const 9010) (i32.const 4))`,
  {
    imports: `(import "wasi_snapshot_preview1" "path_symlink"
      (func $symlink (param i32 i32 i32 i32 i32) (result i32)))`,
    fields: `(data (i32.const 9000) "file") (data (i32.const 9010) "link")`,
  },
);

Deno.test("native files: an image that asks for them is refused whole", async () => {
  await using test = await testHost();
  const tar = await pack("linker", linker, { capabilities: { files: { private: "/data", native: true } } });
  const error = await assertRejects(
    () => test.host.deploy(tar, { clientId: "api", approved: true }),
    BerthError,
  );
  assertEquals(error.code, "manifest-invalid");
  assertStringIncludes(error.detail, "capabilities.files.native");
});

Deno.test("native files: an operator who names them gives them, anybody else only asks", async () => {
  await using test = await testHost();
  const asked = { files: { private: "/data" } };
  const grants = { files: { private: "/data", native: true } };
  const service = await test.deploy("linker", linker, { capabilities: asked }, { grants });
  const { record } = service.deployment;
  const place = { privateFolder: "/p", storageFile: "/s", assetsFolder: null };
  assertEquals(planPermissions(record.grants, place).ffi, [libcPath() ?? ""]);
  assertEquals(await (await test.call("/api/linker")).text(), "00");

  const tar = await pack("other", linker, { capabilities: asked });
  const pending = await test.host.deploy(tar, { clientId: "api", grants });
  const lines = "more" in pending ? pending.more.map(({ allows }) => allows).join("; ") : "";
  assertStringIncludes(lines, "through the C library (ffi)");
});
