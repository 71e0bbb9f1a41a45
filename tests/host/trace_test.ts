import { assertEquals, assertMatch } from "@std/assert";
import { reporter } from "../guests/wat.ts";
import { testHost, until } from "./harness.ts";

const clock = reporter("(call $clock (i32.const 0) (i64.const 1) (i32.const 9000))", {
  imports:
    `(import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))`,
});

Deno.test("calls to the host are in the log while tracing is on, and only then", async () => {
  await using test = await testHost();
  const service = await test.deploy("traced", clock, { capabilities: { clock: true } });
  const traces = () => service.log.tail(100).filter((line) => line.message.startsWith("clock_time_get"));
  await test.call("/api/traced");
  assertEquals(traces().length, 0);
  const on = { method: "PUT", body: JSON.stringify({ on: true }) };
  assertEquals((await test.manage("/berth/v1/services/traced/trace", on)).status, 200);
  await test.call("/api/traced");
  await until("a line of the trace", () => traces().length === 1);
  assertMatch(traces()[0]?.message ?? "", /^clock_time_get\(.*\) = /);
  const lines = service.log.tail(100).map((line) => line.message);
  const about = (start: string) => lines.find((line) => line.startsWith(start)) ?? "";
  assertMatch(about("mk_module_on_event"), /^mk_module_on_event\(len=\d+\) request /);
  assertMatch(about("mk_module_api_request"), /^mk_module_api_request\(session=0, .*\) response\.send \{/);
  const off = { method: "PUT", body: JSON.stringify({ on: false }) };
  await test.manage("/berth/v1/services/traced/trace", off);
  await test.call("/api/traced");
  assertEquals(traces().length, 1);
});
