import { assertEquals } from "@std/assert";
import type { OpenedCapabilities } from "../../capabilities/open.ts";
import { SERVERLESS_CONVENTION } from "./convention.ts";
import { Puppet, PuppetExchange, type PuppetOptions, type PuppetScript } from "./testing.ts";

const storage = {
  storage: { get: (key: string) => key === "known" ? { key, value: "its value", tag: "" } : undefined },
} as unknown as OpenedCapabilities; // the rest is not reached

/** The lines of a request, with pointers and lengths of our own choice left out. */
async function traceOf(dialect: PuppetOptions["dialect"], script: PuppetScript): Promise<string[]> {
  const lines: string[] = [];
  const puppet = new Puppet({
    dialect: dialect ?? "messagepack",
    capabilities: storage,
    trace: (line) => lines.push(line),
  });
  puppet.script = script;
  await SERVERLESS_CONVENTION.handle(puppet.guest, new PuppetExchange());
  return lines.map((line) => line.replace(/ptr=0x[0-9a-f]+/g, "ptr").replace(/len=\d+/g, "len"));
}

const item = (key: string) => ({ key, value: "", tag: "" });

Deno.test("trace: an event, messages with their parameters, and answers inside of them", async () => {
  const lines = await traceOf("messagepack", (guest) => {
    guest.request(1, "storage.get_item", item("known"));
    guest.request(2, "nothing.such", {});
    guest.request(0, "response.send", ["the body"]);
  });
  assertEquals(lines, [
    "mk_module_on_event(len) request request",
    "mk_module_get_buffer(ptr, bufRef=1, len)",
    'mk_module_api_request(session=1, ptr, len) storage.get_item {key="known"}',
    "mk_module_on_api_response(session=1, len) oncallback.success",
    "mk_module_get_buffer(ptr, bufRef=2, len)",
    'mk_module_api_request(session=2, ptr, len) "nothing.such"',
    "mk_module_on_api_response(session=2, len) oncallback.error unknown-method",
    "mk_module_get_buffer(ptr, bufRef=3, len)",
    'mk_module_api_request(session=0, ptr, len) response.send {data=<8 bytes>, statusCode=200, fileMimeType="", filePath="", headers=<0 entries>}',
  ]);
});

Deno.test("trace: calls that wait are told with what they give", async () => {
  const lines = await traceOf("berth", async (guest) => {
    await guest.call("storage.get", { key: "known" });
    await guest.call("response.send", ["x"]);
  });
  assertEquals(lines.slice(2, 6), [
    "call: len oncallback.success",
    'call(ptr, len) storage.get {key="known"} = 85',
    "take(ptr)",
    "call: len oncallback.success",
  ]);
});

Deno.test("trace: version 1.0.0 has no session, and what is malformed is told as that", async () => {
  const lines = await traceOf("json", (guest) => {
    guest.request(7, "storage.get_item", item("none"));
    guest.requestBytes(3, Uint8Array.of(0x7b));
    guest.request(0, "response.send", ["x"]);
  });
  assertEquals(lines[2], 'mk_module_api_request(ptr, len) storage.get_item {key="none"}');
  assertEquals(lines.some((line) => line.includes("(a message that is refused: ")), true, lines.join("\n"));
});

Deno.test("trace: secrets and long texts are not written out", async () => {
  const lines = await traceOf("messagepack", (guest) => {
    guest.request(1, "edge.decrypt", { type: "local", data: "PRIVATE", token: "PRIVATE" });
    guest.request(2, "storage.get_item", item("k".repeat(500)));
    guest.request(0, "response.send", ["x"]);
  });
  assertEquals(lines.filter((line) => line.includes("PRIVATE")), []);
  assertEquals(lines.filter((line) => line.length > 300), []);
});
