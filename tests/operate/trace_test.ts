/** The trace of a request goes on with what its service calls. */
import { assertEquals } from "@std/assert";
import { caller } from "../guests/wat.ts";
import { testHost } from "../host/harness.ts";

const PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

Deno.test("an outbound call carries the request's traceparent, unless the guest sets one or it is none", async () => {
  const got: (string | null)[] = [];
  const other = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    got.push(request.headers.get("traceparent"));
    return new Response("ok");
  });
  const url = `http://127.0.0.1:${other.addr.port}/`;
  const http = { capabilities: { http: { allow: [`http://127.0.0.1:${other.addr.port}`] } } };
  {
    await using test = await testHost();
    await test.deploy("plain", caller(url, {}), http);
    await test.deploy("own", caller(url, { Traceparent: "its-own" }), http);
    const call = async (name: string, traceparent?: string) => {
      const answer = await test.call(`/api/${name}`, { headers: traceparent ? { traceparent } : {} });
      assertEquals([answer.status, await answer.text()], [200, "called"]);
    };
    await call("plain", PARENT);
    await call("plain");
    await call("plain", "00-00000000000000000000000000000000-0000000000000000-01");
    await call("own", PARENT);
  }
  assertEquals(got, [PARENT, null, null, "its-own"]);
  await other.shutdown();
});
