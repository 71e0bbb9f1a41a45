import { assertEquals, assertRejects } from "@std/assert";
import type { HostCall, HostReply, OpenContext } from "../capability.ts";
import { CapabilityError } from "../error.ts";
import { limitDefaults } from "../limit.ts";
import { CAPABILITY_LIMITS } from "../limits.ts";
import { openServices } from "./open.ts";
import type { ServiceRequest } from "./services.ts";

const REQUEST: ServiceRequest = {
  service: "counter",
  path: "/",
  method: "GET",
  headers: [],
  body: new Uint8Array(0),
  signal: new AbortController().signal,
};

/** The capability with a host that keeps what it is asked. */
function opened(answer: (call: HostCall) => Promise<HostReply>, host = true) {
  const asked: HostCall[] = [];
  const context: OpenContext = {
    place: { privateFolder: "", storageFile: "", assetsFolder: null },
    limits: { ...limitDefaults(CAPABILITY_LIMITS), serviceCallsMaxCount: 2, serviceCallMaxBytes: 10 },
    config: {},
    log: () => {},
    ...(host ? { callHost: (call: HostCall) => (asked.push(call), answer(call)) } : {}),
  };
  const services = openServices({ allow: ["counter", "shop-*"] }, context);
  const code = async (request: Partial<ServiceRequest>) =>
    (await assertRejects(() => services.call({ ...REQUEST, ...request }), CapabilityError)).code;
  return { services, asked, code };
}

const ANSWER: HostReply = { head: { status: 201, headers: [["a", "b"]] }, body: new Uint8Array([1]) };

Deno.test("a call goes to the host as it is, and its answer comes back", async () => {
  const { services, asked } = opened(() => Promise.resolve(ANSWER));
  const request = { ...REQUEST, path: "/x?y", method: "POST", body: new Uint8Array(10) };
  assertEquals(await services.call(request), {
    status: 201,
    headers: [["a", "b"]],
    body: new Uint8Array([1]),
  });
  assertEquals(asked.map(({ kind, head, body }) => ({ kind, head, body })), [{
    kind: "service",
    head: { service: "counter", path: "/x?y", method: "POST", headers: [] },
    body: new Uint8Array(10),
  }]);
});

Deno.test("what is not allowed or not well-formed never reaches the host", async () => {
  const { asked, code } = opened(() => Promise.resolve(ANSWER));
  assertEquals(await code({ service: "other" }), "denied");
  for (const path of ["", "x", "/a b", "/\n", "/a#b", "http://x/"]) {
    assertEquals(await code({ path }), "invalid", path);
  }
  for (const method of ["", "A B", "GET\r\n", "x".repeat(33)]) {
    assertEquals(await code({ method }), "invalid", method);
  }
  assertEquals(await code({ path: "/" + "x".repeat(8_192) }), "too-large");
  assertEquals(await code({ body: new Uint8Array(11) }), "too-large");
  assertEquals(await code({ headers: Array.from({ length: 101 }, () => ["a", "b"] as const) }), "too-large");
  assertEquals(await code({ headers: [["a", "x".repeat(32 << 10)]] }), "too-large");
  assertEquals(asked, []);
});

Deno.test("calls under way are bounded, and their places come back however they end", async () => {
  const replies = [Promise.withResolvers<HostReply>(), Promise.withResolvers<HostReply>()];
  let next = 0;
  const { services, code } = opened(() => replies[next++ % 2]?.promise ?? Promise.resolve(ANSWER));
  const first = services.call(REQUEST);
  const second = assertRejects(() => services.call(REQUEST), CapabilityError);
  assertEquals(await code({}), "busy");
  replies[0]?.resolve(ANSWER);
  replies[1]?.reject(new CapabilityError("unreachable", "gone"));
  assertEquals([(await first).status, (await second).code], [201, "unreachable"]);
  assertEquals((await services.call(REQUEST)).status, 201);
});

Deno.test("its own time and its request's end are told apart", async () => {
  const { code } = opened(({ signal }) =>
    new Promise((_, reject) => {
      const gone = () => reject(new CapabilityError("aborted", "given up"));
      if (signal?.aborted) gone();
      else signal?.addEventListener("abort", gone);
    })
  );
  assertEquals(await code({ timeoutMs: 1 }), "timeout");
  assertEquals(await code({ signal: AbortSignal.abort(), timeoutMs: 60_000 }), "aborted");
});

Deno.test("without a host, and after its end, there are no calls", async () => {
  assertEquals(await opened(() => Promise.resolve(ANSWER), false).code({}), "unreachable");
  const { services, code } = opened(() => Promise.resolve(ANSWER));
  services.close();
  assertEquals(await code({}), "closed");
});
