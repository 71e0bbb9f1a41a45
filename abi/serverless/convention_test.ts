/** How requests run through a guest: when answers come, when it is over, and what is gone afterwards. */
import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { openEnv } from "../../capabilities/env/open.ts";
import { CapabilityError } from "../../capabilities/error.ts";
import type { EgressRequest, EgressResponse } from "../../capabilities/http/http.ts";
import type { OpenedCapabilities } from "../../capabilities/open.ts";
import type { StoredItem } from "../../capabilities/storage/storage.ts";
import { GuestExit } from "../exit.ts";
import { GuestFault } from "../memory.ts";
import { SERVERLESS_CONVENTION } from "./convention.ts";
import { BodyTooLargeError } from "../body.ts";
import { NoAnswerError } from "./error.ts";
import { codeOf, dataOf, Puppet, PuppetExchange, type PuppetScript } from "./testing.ts";

const serve = async (puppet: Puppet, script: PuppetScript, exchange = new PuppetExchange()) => {
  puppet.script = script;
  try {
    await SERVERLESS_CONVENTION.handle(puppet.guest, exchange);
  } finally {
    puppet.instance.restore();
  }
  return exchange;
};

/** A storage of three entries that only reads. */
function storage(): OpenedCapabilities {
  const items: StoredItem[] = ["a", "b", "c"].map((key) => ({ key, value: `value of ${key}`, tag: "" }));
  const held = {
    get: (key: string) => items.find((item) => item.key === key),
    list: ({ after = "" }: { after?: string }) => items.filter(({ key }) => key > after),
  };
  return { storage: held as unknown as NonNullable<OpenedCapabilities["storage"]> }; // the rest is not reached
}

/** A network whose answers come when the test says so. */
function network() {
  const waiting: {
    request: EgressRequest;
    answer: (status: number, text: string) => void;
    fail: (error: Error) => void;
  }[] = [];
  const fetch = (request: EgressRequest) =>
    new Promise<EgressResponse>((resolve, reject) => {
      request.signal.addEventListener("abort", () => reject(new CapabilityError("aborted", "aborted")));
      waiting.push({
        request,
        fail: reject,
        answer: (status, text) => {
          const bytes = new TextEncoder().encode(text);
          resolve({
            url: request.url,
            status,
            headers: [["x", "1"], ["x", "2"]],
            body: ReadableStream.from([bytes]),
            bytes: () => Promise.resolve(bytes),
          });
        },
      });
    });
  const http = { fetch, close() {} };
  return { waiting, capabilities: { http: http as unknown as NonNullable<OpenedCapabilities["http"]> } };
}

Deno.test("mimik 2.0: storage is answered inside the call, and the answer may come before the guest returns", async () => {
  const puppet = new Puppet({ capabilities: storage() });
  const exchange = await serve(puppet, (guest, event) => {
    assertEquals(event["method"], "http.request");
    guest.request(1, "storage.get_item", { key: "b", value: "", tag: "" });
    assertEquals(dataOf(guest.told[0] ?? { session: 0, method: "", params: {} }), {
      status: 200,
      headers: {},
      data: "value of b",
    });
    guest.request(2, "storage.get_item", { key: "none" });
    assertEquals(guest.told[1]?.params["data"], { status: 404, headers: {}, data: "" });
    guest.request(0, "response.send", ["{}"]);
  });
  assertEquals([exchange.status, exchange.text], [200, "{}"]);
  assertEquals(exchange.headers, [["content-type", "application/json"]]);
});

Deno.test("mimik 2.0: each_item gives every entry until the guest returns non-zero", async () => {
  for (const [stop, expected] of [["", ["a", "b", "c"]], ["b", ["a", "b"]]] as const) {
    const seen: string[] = [];
    const puppet = new Puppet({
      capabilities: storage(),
      onTold: ({ params }) => {
        const [key = ""] = Object.keys((params["data"] as { headers: object }).headers);
        seen.push(key);
        return key === stop ? 1 : 0;
      },
    });
    await serve(puppet, (guest) => {
      guest.request(7, "storage.each_item", { tag: "" });
      guest.request(0, "response.send", ["done"]);
    });
    assertEquals(seen, [...expected]);
  }
});

Deno.test("mimik 2.0: a fetch is answered after the handler has returned", async () => {
  const net = network();
  const puppet = new Puppet({
    capabilities: net.capabilities,
    onTold: ({ params }, guest) => {
      guest.request(0, "response.send", [JSON.stringify(params)]);
      return 0;
    },
  });
  const done = serve(puppet, (guest) => {
    guest.request(3, "httpclient.fetch", {
      url: "http://up/",
      method: "post",
      headers: { a: "1" },
      data: "x",
      mode: "",
    });
    assertEquals(guest.told.length, 0);
  });
  await Promise.resolve();
  assertEquals([net.waiting[0]?.request.method, net.waiting[0]?.request.headers], ["POST", [["a", "1"]]]);
  net.waiting[0]?.answer(200, "hi");
  assertEquals(JSON.parse((await done).text), { data: { status: 200, headers: { x: "1, 2" }, data: "hi" } });
});

Deno.test("mimik 2.0: statuses from 400 on come as an error with the whole answer", async () => {
  const net = network();
  const puppet = new Puppet({
    capabilities: net.capabilities,
    onTold: (told, guest) => {
      guest.request(0, "response.send", [`${told.method} ${codeOf(told)} ${dataOf(told)["status"]}`]);
      return 0;
    },
  });
  const done = serve(puppet, (guest) => guest.request(3, "httpclient.fetch", { url: "http://up/" }));
  net.waiting[0]?.answer(503, "");
  assertEquals((await done).text, "oncallback.error_with_data http 503");
});

Deno.test("a guest that returns without an answer and waits for nothing fails at once, saying why", async () => {
  const puppet = new Puppet();
  await assertRejects(() => serve(puppet, () => {}), NoAnswerError, "without response.send");
  const wrong: PuppetScript = (guest) => guest.request(0, "response.send", ["x", { statusCode: 42 }]);
  await assertRejects(() => serve(puppet, wrong), NoAnswerError, "statusCode");
  assertStringIncludes(puppet.logs[0] ?? "", "warn");
});

Deno.test("the end of the client's patience ends the wait and aborts what is under way", async () => {
  const net = network();
  const puppet = new Puppet({ capabilities: net.capabilities });
  const exchange = new PuppetExchange();
  const done = serve(
    puppet,
    (guest) => guest.request(1, "httpclient.fetch", { url: "http://up/" }),
    exchange,
  );
  exchange.abort.abort(new Error("the client has left"));
  await assertRejects(() => done, Error, "the client has left");
  assert(net.waiting[0]?.request.signal.aborted);
});

Deno.test("what is under way when the answer has gone is aborted with the request", async () => {
  const net = network();
  const puppet = new Puppet({ capabilities: net.capabilities });
  await serve(puppet, (guest) => {
    guest.request(1, "httpclient.fetch", { url: "http://up/" });
    guest.request(0, "response.send", ["early"]);
  });
  assert(net.waiting[0]?.request.signal.aborted);
  net.waiting[0]?.answer(200, "late");
  await Promise.resolve();
  assertEquals(puppet.told, []); // nothing of it reaches the next request
});

Deno.test("without a restore between requests the next one ends what the last left open", async () => {
  const net = network();
  const puppet = new Puppet({ capabilities: net.capabilities });
  puppet.script = (guest) => {
    guest.request(1, "httpclient.fetch", { url: "http://up/" });
    guest.request(0, "response.send", ["early"]);
  };
  await SERVERLESS_CONVENTION.handle(puppet.guest, new PuppetExchange());
  assertEquals(net.waiting[0]?.request.signal.aborted, false);
  await SERVERLESS_CONVENTION.handle(puppet.guest, new PuppetExchange());
  assertEquals(net.waiting[0]?.request.signal.aborted, true);
});

Deno.test("a second answer is refused and the first one stands", async () => {
  const puppet = new Puppet();
  const exchange = await serve(puppet, (guest) => {
    guest.request(0, "response.send", ["first"]);
    guest.request(0, "response.send", ["second"]);
  });
  assertEquals(exchange.text, "first");
  assertEquals(puppet.logs.length, 1);
});

Deno.test("what the guest throws comes out; its own exit with code 0 does not", async () => {
  const puppet = new Puppet();
  await assertRejects(
    () =>
      serve(puppet, () => {
        throw new WebAssembly.RuntimeError("unreachable");
      }),
    WebAssembly.RuntimeError,
  );
  const exit = (code: number): PuppetScript => (guest) => {
    guest.request(0, "response.send", ["bye"]);
    throw new GuestExit(code);
  };
  assertEquals((await serve(puppet, exit(0))).text, "bye");
  await assertRejects(() => serve(puppet, exit(3)), GuestExit);
});

Deno.test("an event can be read until the guest waits, not after, and no unknown buffer ever", async () => {
  const puppet = new Puppet({ dialect: "berth" });
  const env = puppet.instance.imports["env"] as Record<string, (...args: (number | bigint)[]) => void>;
  const get = (reference: bigint, pointer = 0, length = 8) =>
    env["mk_module_get_buffer"]?.(pointer, reference, length);
  await serve(puppet, async (guest) => {
    get(1n);
    assertThrows(() => get(99n), GuestFault);
    assertThrows(() => get(1n, 0x7fff_ffff), GuestFault);
    assertThrows(() => guest.setBuffer(1n, "x"), GuestFault);
    await Promise.resolve();
    assertThrows(() => get(1n), GuestFault);
    await guest.call("response.send", ["ok"]);
  });
  assertThrows(() => get(1n), GuestFault);
});

Deno.test("a message or pointer outside the memory is a fault of the guest, not of the host", async () => {
  const puppet = new Puppet({ dialect: "berth" });
  const { env, berth } = puppet.instance.imports as Record<
    string,
    Record<string, (...args: number[]) => number>
  >;
  await assertRejects(() => serve(puppet, () => env?.["mk_module_api_request"]?.(0, -1, 2)), GuestFault);
  await assertRejects(() => serve(puppet, () => berth?.["call"]?.(0, -1)), GuestFault);
  await assertRejects(() => serve(puppet, () => berth?.["take"]?.(0)), GuestFault);
});

Deno.test("mimik's guests get the whole body as text, collected first; one that is too long is refused", async () => {
  const puppet = new Puppet({ limits: { messageMaxBytes: 64 } });
  const echo: PuppetScript = (guest, event) => {
    const { request } = event["params"] as { request: { jsonBody: string } };
    guest.request(0, "response.send", [request.jsonBody]);
  };
  const exchange = new PuppetExchange({ method: "POST", body: ["one ", "two ", "three"] });
  assertEquals((await serve(puppet, echo, exchange)).text, "one two three");
  const long = new PuppetExchange({ method: "POST", body: ["x", "y".repeat(64)] });
  await assertRejects(() => serve(puppet, echo, long), BodyTooLargeError);
});

Deno.test("an event holds the configuration that is granted, and no more", async () => {
  const config = { LEVEL: "info", TOKEN: "hidden" };
  for (const [grant, seen] of [[["LEVEL"], { LEVEL: "info" }], [true, config], [undefined, {}]] as const) {
    const puppet = new Puppet({ capabilities: grant ? { env: openEnv(grant, { config }) } : {} });
    await serve(puppet, (guest, event) => {
      assertEquals((event["params"] as { context: { env: object } }).context.env, seen);
      guest.request(0, "response.send", ["ok"]);
    });
  }
});

Deno.test("version 1.0.0 speaks JSON and takes the session from the message", async () => {
  const env = openEnv(true, { config: { mode: "test" } });
  const puppet = new Puppet({ dialect: "json", capabilities: { ...storage(), env } });
  const exchange = await serve(puppet, (guest, event) => {
    const { context, request } = event["params"] as { context: { env: object }; request: { url: string } };
    assertEquals([context.env, request.url], [{ mode: "test" }, "/c/s/v1/"]);
    guest.request(5, "storage.get_item", { key: "a" });
    assertEquals(guest.told[0]?.session, 5);
    guest.request(0, "response.send", ["ok", { statusCode: 201 }]);
  });
  assertEquals([exchange.status, exchange.text], [201, "ok"]);
});

Deno.test("calls that wait are bounded", async () => {
  const net = network();
  const puppet = new Puppet({ capabilities: net.capabilities, limits: { messagesPendingMaxCount: 2 } });
  await serve(puppet, (guest) => {
    for (let session = 1; session <= 3; session++) {
      guest.request(session, "httpclient.fetch", { url: "http://up/" });
    }
    assertEquals(guest.told.map(codeOf), ["busy"]);
    guest.request(0, "response.send", ["ok"]);
  });
});

Deno.test("berth: a body is read as it comes, an answer is written as it goes, and returning ends it", async () => {
  const puppet = new Puppet({ dialect: "berth" });
  let release = (_open: boolean) => {};
  const exchange = new PuppetExchange({ method: "POST", body: ["first ", "second ", "third"] });
  exchange.open = new Promise((resolve) => release = resolve);
  const steps: string[] = [];
  const done = serve(puppet, async (guest, event) => {
    const { request } = event["params"] as { request: { jsonBody: Uint8Array; more: boolean } };
    let text = new TextDecoder().decode(request.jsonBody);
    assertEquals([text, request.more], ["first ", true]);
    for (;;) {
      const { data, ended } = dataOf(await guest.call("request.read", { max: 4 })) as {
        data: Uint8Array;
        ended: boolean;
      };
      text += new TextDecoder().decode(data);
      if (ended) break;
    }
    await guest.call("response.start", { status: 202, headers: [["x-a", "1"], ["x-a", "2"]] });
    steps.push("started");
    assertEquals(dataOf(await guest.call("response.write", { data: text })), { open: true });
    steps.push("written");
  }, exchange);
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
  assertEquals(steps, ["started"]); // the client has no room yet
  release(true);
  await done;
  assertEquals([exchange.status, exchange.text, exchange.ended], [202, "first second third", true]);
  assertEquals(exchange.headers, [["x-a", "1"], ["x-a", "2"]]);
});

Deno.test("berth: a client that leaves is noticed by a guest that waits", async () => {
  const puppet = new Puppet({ dialect: "berth" });
  const exchange = new PuppetExchange({ method: "POST", body: ["a", "b"] });
  exchange.open = new Promise(() => {});
  let noticed = "";
  const done = serve(puppet, async (guest) => {
    await guest.call("response.start", { status: 200 });
    noticed = codeOf(await guest.call("response.write", { data: "x" }));
  }, exchange);
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  exchange.abort.abort(new Error("left"));
  await done.catch(() => {});
  assertEquals(noticed, "aborted");
});

Deno.test("messages about a request are refused at start-up, and many answers through berth.call always", async () => {
  const puppet = new Puppet({ dialect: "berth", capabilities: storage() });
  assertEquals(codeOf(await puppet.call("response.send", ["x"])), "invalid");
  assertEquals(codeOf(await puppet.call("storage.each_item", { tag: "" })), "invalid");
  assertEquals(codeOf(await puppet.call("no.such", {})), "unknown-method");
  assertEquals(dataOf(await puppet.call("storage.get", { key: "a" }))["value"], "value of a");
});
