/** Both fronts against requests that no good client sends; real sockets. */
import { assert, assertEquals, assertGreater, assertLess, assertStringIncludes } from "@std/assert";
import { limitsInForce } from "../../runtime/limits_in_force.ts";
import { FRONT_TIMEOUTS, type FrontName } from "../../runtime/server/front.ts";
import { listenHost } from "../../runtime/server/serve.ts";
import { handler } from "../guests/wat.ts";
import { type TestHost, testHost, until } from "../host/harness.ts";
import { statuses, Wire } from "./wire.ts";

const QUICK = {
  headMaxMs: 500,
  bodyStallMaxMs: 500,
  requestMaxMs: 5_000,
  readStallMaxMs: 500,
  keepAliveMs: 500,
};

/** A host with the service `hello` behind a front. */
async function behind(front: FrontName, run: (port: number, test: TestHost) => Promise<void>): Promise<void> {
  await using test = await testHost();
  await test.deploy("hello", handler({ answer: "hello" }), { limits: { requestBodyMaxBytes: 100_000 } });
  const listening = await listenHost(test.host, { hostname: "127.0.0.1", port: 0, front, timeouts: QUICK });
  try {
    await run(listening.port, test);
  } finally {
    await listening.stop(0);
  }
}

const HEAD = "GET /api/hello HTTP/1.1\r\nHost: a\r\n";
const POST = "POST /api/hello HTTP/1.1\r\nHost: a\r\n";

/** Requests, and what each front may answer; no answer at all is a refusal too. */
const CASES: readonly [what: string, request: string, fast: number[], safe: number[]][] = [
  ["a plain one", `${HEAD}\r\n`, [200], [200]],
  ["both framings", `${POST}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, [400], [400]],
  ["two lengths", `${POST}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde`, [400], [400]],
  ["a length that is none", `${POST}Content-Length: +4\r\n\r\nabcd`, [400], [400]],
  ["an odd encoding", `${POST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`, [400], [400]],
  ["two hosts", `${HEAD}Host: b\r\n\r\n`, [400], [400]],
  ["a folded line", `${HEAD}X: a\r\n b\r\n\r\n`, [400], [400]],
  ["NUL in a value", `${HEAD}X: a\0b\r\n\r\n`, [400], [400]],
  ["a space before the colon", `${HEAD}X : a\r\n\r\n`, [400], [400]],
  ["a huge header", `${HEAD}X: ${"a".repeat(100_000)}\r\n\r\n`, [400, 431], [400, 431]],
  ["many headers", `${HEAD}${"X-A: b\r\n".repeat(500)}\r\n`, [400, 431], [400, 431]],
  ["a bad chunk", `${POST}Transfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n0\r\n\r\n`, [400, 500], [400, 500]],
];

for (const front of ["fast", "safe"] as const) {
  Deno.test(`${front}: requests that servers read differently are refused`, async () => {
    await behind(front, async (port) => {
      for (const [what, request, fast, safe] of CASES) {
        const [status] = await statuses(port, request);
        const wanted = front === "fast" ? fast : safe;
        assert(
          wanted.includes(status ?? 400),
          `${what}: ${status} instead of ${wanted.join(" or ")}`,
        );
      }
    });
  });

  Deno.test(`${front}: nothing is smuggled behind a request's body`, async () => {
    await behind(front, async (port) => {
      const second = "GET /berth/v1/host HTTP/1.1\r\nHost: a\r\n\r\n";
      for (
        const first of [
          `${POST}Content-Length: ${second.length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
          `${HEAD}Content-Length: ${second.length}\r\n\r\n`,
          `${POST}Transfer-Encoding: identity\r\n\r\n`,
        ]
      ) {
        const all = await statuses(port, first + second);
        assertLess(all.length, 2, `${all} to ${JSON.stringify(first)}`);
      }
    });
  });

  Deno.test(`${front}: paths that move do not reach the management API without its key`, async () => {
    await behind(front, async (port) => {
      for (
        const path of [
          "/api/hello/../../berth/v1/host",
          "/api/hello/%2e%2e/%2e%2e/berth/v1/host",
          "//berth/v1/host",
          "/./berth/v1/host",
          "/%62erth/v1/host",
          "/api/..\\..\\berth/v1/host",
          "/berth/v1/host%00",
          "http://x/berth/v1/host",
          "*",
        ]
      ) {
        using wire = await Wire.open(port);
        await wire.send(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
        const came = await wire.receive();
        assert(!came.includes("nodeId"), `${path} gave ${came.slice(0, 300)}`);
      }
    });
  });

  Deno.test(`${front}: a chunked body past the limit is refused, and the host goes on`, async () => {
    await behind(front, async (port) => {
      using wire = await Wire.open(port);
      await wire.send(`${POST}Transfer-Encoding: chunked\r\n\r\n`);
      const chunk = `4000\r\n${"x".repeat(0x4000)}\r\n`;
      for (let i = 0; i < 64 && await wire.send(chunk); i++);
      const came = await wire.receive((text) => text.includes("\r\n\r\n"));
      assertStringIncludes(came.slice(0, 20) || "HTTP/1.1 413", "413");
      assertEquals(await statuses(port, `${HEAD}\r\n`), [200]);
    });
  });

  Deno.test(`${front}: bodies stream both ways, repeated headers stay apart, HEAD has none`, async () => {
    await using test = await testHost();
    const listening = await listenHost(
      { fetch: echo, origin: "", beginStop() {}, limits: test.host.limits } as unknown as typeof test.host,
      { hostname: "127.0.0.1", port: 0, front },
    );
    let pulled = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (pulled++ === 200) return controller.close();
        controller.enqueue(new Uint8Array(50_000).fill(pulled));
      },
    });
    const answer = await fetch(`${listening.origin}/echo?a=%20b`, { method: "PUT", body });
    assertEquals(answer.headers.getSetCookie(), ["a=1", "b=2"]);
    assertEquals(answer.headers.get("x-target"), "/echo?a=%20b");
    assertEquals((await answer.bytes()).length, 10_000_000);
    const head = await fetch(`${listening.origin}/`, { method: "HEAD" });
    assertEquals([head.status, await head.text()], [200, ""]);
    await listening.stop(0);
  });

  Deno.test(`${front}: a client that leaves aborts its request`, async () => {
    const left = Promise.withResolvers<string>();
    const fake = {
      origin: "",
      limits: limitsInForce({}),
      beginStop() {},
      fetch: (request: Request) => {
        request.signal.addEventListener("abort", () => left.resolve("told"));
        return new Promise<Response>(() => {});
      },
    };
    const listening = await listenHost(fake as never, { hostname: "127.0.0.1", port: 0, front });
    const wire = await Wire.open(listening.port);
    await wire.send(`${HEAD}\r\n`);
    setTimeout(() => wire.close(), 50);
    assertEquals(await left.promise, "told");
    await listening.stop(0);
  });
}

function echo(request: Request): Response {
  const headers = new Headers([["set-cookie", "a=1"], ["set-cookie", "b=2"]]);
  headers.set("x-target", request.url.slice(request.url.indexOf("/", 8)));
  return new Response(request.body, { headers });
}

Deno.test("safe: slow senders of heads and bodies, idle connections and slow readers are cut off", async () => {
  await behind("safe", async (port) => {
    const started = performance.now();
    const slow = await Promise.all(
      ["", "GET /api/he", HEAD, `${POST}Content-Length: 10\r\n\r\nabc`].map(async (text) => {
        using wire = await Wire.open(port);
        await wire.send(text);
        return await wire.receive();
      }),
    );
    assertLess(performance.now() - started, 15_000);
    for (const came of slow) assert(came === "" || /^HTTP\/1\.1 4(00|08)/.test(came), came);
    using wire = await Wire.open(port);
    await wire.send(`${HEAD}\r\n`);
    assertStringIncludes(await wire.receive(), "200 OK"); // returns when the idle connection is closed
  });
});

Deno.test("safe: a reader that takes nothing is cut off, and what it was sent is let go", async () => {
  const cancelled = Promise.withResolvers<string>();
  const fake = {
    origin: "",
    limits: limitsInForce({}),
    beginStop() {},
    fetch: () =>
      new Response(
        new ReadableStream<Uint8Array>({
          pull: (controller) => controller.enqueue(new Uint8Array(1 << 20)),
          cancel: () => cancelled.resolve("told"),
        }),
      ),
  };
  const options = { hostname: "127.0.0.1", port: 0, front: "safe", timeouts: QUICK } as const;
  const listening = await listenHost(fake as never, options);
  using wire = await Wire.open(listening.port);
  await wire.send(`${HEAD}\r\n`);
  assertEquals(await cancelled.promise, "told");
  await listening.stop(0);
});

Deno.test("safe: stalled connections do not stop healthy ones, and go when their time is over", async () => {
  await behind("safe", async (port) => {
    const stalled = await Promise.all(Array.from({ length: 300 }, () => Wire.open(port)));
    await Promise.all(stalled.map((wire) => wire.send("GET /api/hello HTTP/1.1\r\nHo")));
    for (let i = 0; i < 50; i++) {
      const answer = await fetch(`http://127.0.0.1:${port}/api/hello`);
      assertEquals([answer.status, await answer.text()], [200, "hello"]);
    }
    const ends = await Promise.all(stalled.map((wire) => wire.receive()));
    assertEquals(ends.filter((text) => text.startsWith("HTTP/1.1 200")).length, 0);
    for (const wire of stalled) wire.close();
  });
});

Deno.test("an address of this machine only gets the fast front, any other the safe one", async () => {
  await using test = await testHost();
  for (const [hostname, front] of [["127.0.0.1", "fast"], ["0.0.0.0", "safe"]] as const) {
    const listening = await listenHost(test.host, { hostname, port: 0 });
    assertEquals(listening.front, front);
    await listening.stop(0);
  }
  assertGreater(FRONT_TIMEOUTS.requestMaxMs, FRONT_TIMEOUTS.bodyStallMaxMs);
});

Deno.test("a port that is taken is told alike by both fronts", async () => {
  await using test = await testHost();
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  for (const front of ["fast", "safe"] as const) {
    const code = await listenHost(test.host, { hostname: "127.0.0.1", port: taken.addr.port, front }).then(
      () => "listens",
      (error) => error instanceof Deno.errors.AddrInUse ? "in use" : String(error),
    );
    assertEquals([front, code], [front, "in use"]);
  }
});

for (const front of ["fast", "safe"] as const) {
  Deno.test(`${front}: stopping tells open streams and lets requests under way end`, async () => {
    await using test = await testHost();
    await test.deploy("hello", handler());
    const listening = await listenHost(test.host, { hostname: "127.0.0.1", port: 0, front });
    const headers = { authorization: `Bearer ${test.key}` };
    const log = await fetch(`${listening.origin}/berth/v1/services/hello/logs?follow=1`, { headers });
    const stopped = listening.stop(10_000);
    const text = await log.text(); // the stream ends by itself
    assertStringIncludes(text, "running");
    await stopped;
    await until("not ready", () => !test.host.readiness().ready);
  });
}

for (const front of ["fast", "safe"] as const) {
  Deno.test(`${front}: an answer before the body's end arrives whole, and the connection lives on or ends`, async () => {
    await behind(front, async (port) => {
      using wire = await Wire.open(port);
      const unread = "POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n";
      await wire.send(unread + "x".repeat(100_000));
      const refused = await wire.receive((text) => text.includes("route-unknown"));
      assertStringIncludes(refused, "404");
      using second = await Wire.open(port);
      await second.send("POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nabcd");
      assertStringIncludes(await second.receive((text) => text.includes("route-unknown")), "404");
      await second.send(`${HEAD}\r\n`);
      assertStringIncludes(await second.receive((text) => text.includes("hello")), "200 OK");
    });
  });
}
