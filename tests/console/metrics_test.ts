/** `/metrics` is what Prometheus reads, tells the truth, and is not told to everyone. */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { METRICS_TYPE } from "../../runtime/server/metrics.ts";
import { isLocal } from "../../runtime/server/open_read.ts";
import { handler } from "../guests/wat.ts";
import { testHost } from "../host/harness.ts";
import { parseMetrics } from "./prometheus.ts";

Deno.test("the text is in Prometheus' format and counts what happened", async () => {
  await using test = await testHost();
  await test.deploy("good", handler());
  await test.deploy("bad", handler({ body: "unreachable" }));
  for (let i = 0; i < 3; i++) await (await test.call("/api/good")).text();
  await (await test.call("/api/bad")).text();
  const response = await test.manage("/metrics");
  assertEquals(response.headers.get("content-type"), METRICS_TYPE);
  const { value, types } = parseMetrics(await response.text());
  const good = { service: "api-good" }, bad = { service: "api-bad" };
  assertEquals(value("berth_service_requests_total", good), 3);
  assertEquals(value("berth_service_requests_total", bad), 1);
  assertEquals(value("berth_service_errors_total", { ...bad, code: "service-failed" }), 1);
  assertEquals(value("berth_service_state", { ...good, state: "running" }), 1);
  assertEquals(value("berth_service_state", { ...good, state: "failing" }), 0);
  assertEquals(value("berth_services", { state: "running" }), 2);
  assertEquals(value("berth_service_workers", good), 1);
  assertEquals(value("berth_service_memory_peak_bytes", good), 2 * 65_536);
  assertEquals(value("berth_service_request_duration_seconds_count", good), 3);
  assertEquals(value("berth_service_request_duration_seconds_bucket", { ...good, le: "+Inf" }), 3);
  assertEquals(types.get("berth_service_request_duration_seconds"), "histogram");
  assert((value("berth_service_cpu_seconds_total", good) ?? 0) > 0);
  assert((value("process_resident_memory_bytes", {}) ?? 0) > 1 << 20);
});

Deno.test("metrics need a key, but not on the device itself", async () => {
  await using test = await testHost();
  const ask = (remote: string, headers: Record<string, string> = {}) =>
    test.host.fetch(
      new Request("http://127.0.0.1:8083/metrics", { headers: { host: "127.0.0.1:8083", ...headers } }),
      { remoteAddr: { hostname: remote } },
    );
  assertEquals((await ask("127.0.0.1")).status, 200);
  assert((await ask("192.168.1.7")).status >= 401);
  assert((await ask("127.0.0.1", { authorization: "Bearer wrong" })).status >= 401);
  assertEquals((await ask("192.168.1.7", { authorization: `Bearer ${test.key}` })).status, 200);
});

Deno.test("what only looks like the device itself does not count as it", () => {
  const local = (remote: string, headers: Record<string, string>) => isLocal(new Headers(headers), remote);
  assert(local("127.0.0.1", { host: "localhost:8083" }));
  assert(local("::1", { host: "[::1]:8083" }));
  assert(!local("127.0.0.1", { host: "evil.example:8083" }), "a name that was made to resolve to here");
  assert(!local("127.0.0.1", { host: "localhost", "x-forwarded-for": "10.0.0.9" }), "a proxy");
  assert(!local("127.0.0.1", { host: "localhost", forwarded: "for=10.0.0.9" }), "a proxy");
  assert(!local("127.0.0.1", { host: "localhost", origin: "https://evil.example" }), "a page elsewhere");
  const script = { host: "localhost", "sec-fetch-site": "same-origin" };
  assert(!local("127.0.0.1", script), "the script of a service's page, which has the host's origin");
  assert(local("127.0.0.1", { host: "localhost", "sec-fetch-site": "none" }), "an address typed by a person");
  assert(!local("10.0.0.9", { host: "localhost" }));
  assert(!local("", { host: "localhost" }), "an address that is not known");
  assert(!local("127.0.0.1", {}));
});

Deno.test("a host that stops is not ready", async () => {
  const test = await testHost();
  assertEquals((await test.call("/readyz")).status, 200);
  await test.host.close();
  const response = await test.call("/readyz");
  assertEquals([response.status, (await response.json()).ready], [503, false]);
  await test[Symbol.asyncDispose]();
});

Deno.test("the parser that these tests trust refuses what Prometheus refuses", () => {
  const fine = '# HELP a_total What.\n# TYPE a_total counter\na_total{x="1\\"\\n"} 2\n';
  assertEquals(parseMetrics(fine).value("a_total", { x: '1"\n' }), 2);
  for (
    const wrong of [
      "a_total 2\n", // no type
      "# HELP a A.\n# TYPE a gauge\na 1", // no line break at the end
      "# HELP a A.\n# TYPE a gauge\na 1\na 2\n", // twice
      '# HELP a A.\n# TYPE a gauge\na{1x="1"} 1\n', // label name
      '# HELP a A.\n# TYPE a gauge\na{x="1} 1\n', // open quote
      "# HELP a A.\n# TYPE a gauge\na one\n", // no number
      '# HELP a A.\n# TYPE a gauge\na 1\n# HELP b B.\n# TYPE b gauge\nb 1\na{x="1"} 1\n', // not together
      '# HELP h H.\n# TYPE h histogram\nh_bucket{le="1"} 2\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n', // falls
      '# HELP h H.\n# TYPE h histogram\nh_bucket{le="1"} 1\nh_sum 1\nh_count 1\n', // no +Inf
    ]
  ) {
    assertStringIncludes(assertThrows(() => parseMetrics(wrong)) instanceof Error ? "thrown" : "", "thrown");
  }
});
