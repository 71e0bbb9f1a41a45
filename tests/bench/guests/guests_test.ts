import { assertEquals, assertGreater, assertLess } from "@std/assert";
import { testHost } from "../../host/harness.ts";
import { bareHandler } from "../servers/handlers.ts";
import { BODY_IN_BYTES, BODY_OUT_BYTES, computeGuest, ECHO_BYTES, echoGuest, FILE_BYTES } from "./guests.ts";
import { bodyInGuest, bodyOutGuest, fileGuest, helloGuest, paddedGuest, programGuest } from "./guests.ts";
import { storageReadGuest, storageWriteGuest } from "./guests.ts";

/** What differs between the guests and the bare servers would be measured as Berth's. */
Deno.test("the guests answer what the bare servers answer", async () => {
  await using test = await testHost();
  const folder = `${test.folder}/mounted`;
  await Deno.mkdir(folder);
  await Deno.writeTextFile(`${folder}/data.txt`, "y".repeat(FILE_BYTES));
  const setting = {
    computeRounds: 1000,
    targetOrigin: "",
    storageFile: `${test.folder}/bare.db`,
    filePath: `${folder}/data.txt`,
  };
  const files = { mounts: [{ guest: "/data", host: folder }] };
  const post = (bytes: number): RequestInit => ({ method: "POST", body: "z".repeat(bytes) });
  const cases: [string, Uint8Array, RequestInit, Record<string, unknown>][] = [
    ["hello", helloGuest("hello"), {}, {}],
    ["echo", echoGuest(), post(ECHO_BYTES), {}],
    ["body-in", bodyInGuest(), post(BODY_IN_BYTES), {}],
    ["body-out", bodyOutGuest(), {}, {}],
    ["compute", computeGuest(setting.computeRounds), {}, {}],
    ["storage-write", storageWriteGuest("key"), {}, { clock: true, storage: true }],
    ["file", fileGuest(), {}, { files }],
  ];
  for (const [work, module, init, capabilities] of cases) {
    await test.deploy(work, module, { capabilities });
    const guest = await test.call(`/api/${work}`, init);
    const bare = await bareHandler(work, setting)(new Request("http://berth.test/", init));
    assertEquals([work, guest.status, await guest.text()], [work, bare.status, await bare.text()]);
  }
  await test.deploy("program", programGuest("hello"));
  assertEquals(await (await test.call("/api/program")).text(), "hello");
  await test.deploy("storage-read", storageReadGuest("key"), { capabilities: { storage: true } });
  assertEquals(await (await test.call("/api/storage-read")).text(), "ok");
  const out = await (await test.call("/api/body-out")).bytes();
  assertEquals(out.length, BODY_OUT_BYTES);
});

Deno.test("a padded guest has about the size that was asked for", () => {
  const { length } = paddedGuest(100_000);
  assertGreater(length, 70_000);
  assertLess(length, 130_000);
});
