/** OpenTelemetry through Deno's own, against a collector on loopback; the host is a process, for Deno reads its settings at its start. */
import { assert, assertEquals } from "@std/assert";
import { Telemetry } from "../../runtime/telemetry.ts";
import { caller, handler } from "../guests/wat.ts";
import { pack, until } from "../host/harness.ts";
import { order, puppet } from "../services/puppet.ts";
import { type CollectedPoint, openCollector } from "./collector.ts";
import { HostProcess } from "./host_process.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER = "00f067aa0ba902b7";

for (const front of ["fast", "safe"] as const) {
  Deno.test(`${front}: a request is a span of its service below the client's, and what the service calls is below it`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "berth-test-" });
    const outside: string[] = [];
    const other = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
      outside.push(request.headers.get("traceparent") ?? "none");
      return new Response("ok");
    });
    {
      await using collector = openCollector();
      await using host = await HostProcess.start(folder, { env: collector.env, front });
      const origin = `http://127.0.0.1:${other.addr.port}`;
      const deploy = async (name: string, module: Uint8Array, capabilities = {}) => {
        const body = new FormData();
        body.set("image", new Blob([await pack(name, module, { capabilities })]), "image.tar");
        body.set("options", JSON.stringify({ approved: true }));
        const { status, text } = await host.call("/berth/v1/deployments", { method: "POST", body });
        assertEquals(status, 201, text);
      };
      await deploy("outward", caller(`${origin}/`), { http: { allow: [origin] } });
      await deploy("inward", puppet(), { services: { allow: ["callee"] } });
      await deploy("callee", handler({ body: "(unreachable)" }));
      const headers = { traceparent: `00-${TRACE}-${CALLER}-01` };
      const call = async (path: string, init: RequestInit = {}) => {
        const answer = await fetch(host.origin + path, { ...init, headers });
        await answer.body?.cancel();
        return answer.status;
      };
      assertEquals(await call("/api/outward"), 200);
      assertEquals(
        await call("/api/inward", {
          method: "POST",
          body: order("service.call", { path: "/", service: "callee" }),
        }),
        200,
      );
      const spanOf = (name: string) =>
        collector.spans.find((span) => span.scope === "berth" && span.name === name);
      const named = ["GET outward", "POST inward", "GET callee"];
      await until("the spans have come", () => named.every((name) => spanOf(name) !== undefined));
      const [outward, inward, callee] = named.map(spanOf);
      assert(outward && inward && callee);
      assertEquals([outward.traceId, inward.traceId, callee.traceId], [TRACE, TRACE, TRACE]);
      assertEquals(outward.service, "berth");
      const { "berth.request.id": id, ...attributes } = outward.attributes;
      assert(String(id).length > 8);
      assertEquals(attributes, {
        "berth.service": "api-outward",
        "http.request.method": "GET",
        "http.route": "/api/outward",
        "http.response.status_code": 200,
      });
      // Below the client's own span, or below the one that Deno's server began for it.
      const server = collector.spans.find((span) => span.spanId === outward.parentSpanId);
      assertEquals(server ? server.parentSpanId : outward.parentSpanId, CALLER);
      assertEquals(callee.parentSpanId, inward.spanId);
      assertEquals([callee.error, callee.attributes["http.response.status_code"], inward.error], [
        true,
        500,
        false,
      ]);
      // Deno's client makes a span of its own for the call, which is what the other host is told.
      const [, trace, below] = outside.join().split("-");
      assertEquals([outside.length, trace], [1, TRACE]);
      await until("the client's span has come", () => collector.spans.some((span) => span.spanId === below));
      assertEquals(collector.spans.find((span) => span.spanId === below)?.parentSpanId, outward.spanId);
      // What is observed comes with the next sending, what is counted with the one after its end.
      for (
        const [metric, service, value] of [
          ["berth.service.egress.received", "api-outward", 2],
          ["berth.request.duration", "api-outward", 1],
          ["berth.service.workers", "api-inward", 1],
        ] as const
      ) {
        const is = (each: CollectedPoint) =>
          each.metric === metric && each.attributes["berth.service"] === service && each.value === value;
        await until(`${metric} of ${service} has come`, () => collector.points.some(is));
      }
    }
    await other.shutdown();
    await Deno.remove(folder, { recursive: true });
  });
}

Deno.test("without Deno's word there is no telemetry, and requests pass without any of it", () => {
  assertEquals(Telemetry.open("1.0.0", () => []), null);
});
