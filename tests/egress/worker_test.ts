/** The wall behind the capability: a worker with exactly the planned Deno permissions. */
import { assertEquals } from "@std/assert";
import { httpCapability } from "../../capabilities/http/grant.ts";
import type { HttpGrant } from "../../capabilities/http/http.ts";
import { httpContext, serveTest } from "../../capabilities/http/testing.ts";
import { TEST_CERTIFICATE } from "../../capabilities/http/testing_tls.ts";
import type { Trial } from "./worker.ts";

/** Runs a trial in a worker that has what the capability's plan says, and nothing else. */
async function inWorker(allow: readonly string[], urls: readonly string[], direct: readonly string[] = []) {
  const grant: HttpGrant = { allow, authorities: [TEST_CERTIFICATE] };
  const { place } = httpContext();
  const plan = httpCapability.plan(grant, place);
  const worker = new Worker(new URL("./worker.ts", import.meta.url), {
    type: "module",
    deno: {
      permissions: {
        read: [...plan.read],
        write: [...plan.write],
        net: [...plan.net],
        env: false,
        run: false,
        ffi: false,
        sys: false,
        import: false,
      },
    },
  });
  const trial: Trial = { grant, place, urls, direct };
  const said = await new Promise<string[]>((resolve) => {
    worker.onmessage = (event) => resolve(event.data);
    worker.onerror = (event) => {
      event.preventDefault();
      resolve([event.message]);
    };
    worker.postMessage(trial);
  });
  worker.terminate();
  return said;
}

Deno.test("worker: addresses, networks and names work with exactly the planned permissions", async () => {
  await using plain = await serveTest((_request, answer) => answer.end("plain"));
  await using secure = await serveTest((_request, answer) => answer.end("secure"), true);
  const urls = [`http://127.0.0.1:${plain.port}/`, `http://127.1:${plain.port}/`];
  assertEquals(await inWorker([`http://127.0.0.1:${plain.port}`], urls), ["plain", "plain"]);
  assertEquals(await inWorker([`http://127.0.0.0/8:${plain.port}`], urls), ["plain", "plain"]);
  const named = [`http://localhost:${plain.port}/`, `https://localhost:${secure.port}/`];
  const allow = [`http://localhost:${plain.port}`, `https://localhost:${secure.port}`];
  assertEquals(await inWorker(allow, named), ["plain", "secure"]);
  assertEquals(await inWorker([`https://127.0.0.1:${secure.port}`], [`https://127.0.0.1:${secure.port}/`]), [
    "secure",
  ]);
});

Deno.test("worker: what the list does not hold is denied by the capability, and past it by Deno", async () => {
  await using allowed = await serveTest((_request, answer) => answer.end("allowed"));
  await using secret = await serveTest((_request, answer) => answer.end("secret"));
  const said = await inWorker(
    [`http://127.0.0.1:${allowed.port}`],
    [
      `http://127.0.0.1:${allowed.port}/`,
      `http://127.0.0.1:${secret.port}/`,
      `http://localhost:${allowed.port}/`,
    ],
    [`http://127.0.0.1:${secret.port}/`, `http://localhost:${allowed.port}/`],
  );
  assertEquals(said, ["allowed", "denied", "denied", ...new Array(6).fill("NotCapable")]);
  assertEquals(secret.connections(), 0);
});

Deno.test("worker: a plan names hosts and ports one by one; a large range is the host", () => {
  const plan = (allow: readonly string[], selfOrigin?: string) =>
    httpCapability.plan({ allow, authorities: [] }, httpContext({}, selfOrigin).place);
  assertEquals(plan(["https://api.example.com", "http://*.example.com:8080", "http://10.0.0.5"]), {
    read: [],
    write: [],
    net: ["api.example.com:443", "*.example.com:8080", "10.0.0.5:80"],
  });
  assertEquals(plan(["http://h.test:1-3", "http://h.test:3"]).net, ["h.test:1", "h.test:2", "h.test:3"]);
  assertEquals(plan(["http://h.test:1-64"]).net.length, 64);
  assertEquals(plan(["http://h.test:1-65", "http://h.test:*"]).net, ["h.test"]);
  assertEquals(plan(["https://203.0.113.0/24:443", "http://[::1]:80", "http://[::ffff:10.0.0.1]"]).net, [
    "203.0.113.0/24:443",
    "[::1]:80",
    "10.0.0.1:80",
  ]);
  assertEquals(plan(["self"], "http://127.0.0.1:8083").net, ["127.0.0.1:8083"]);
  assertEquals(plan(["self"]).net, []);
});

Deno.test("worker: a grant is strict, and says in plain words what it allows", () => {
  const { schema, describe } = httpCapability;
  const grant = schema.parse({ allow: ["https://*.example.com", "http://10.0.0.5:8080-8090", "self"] });
  assertEquals(grant.authorities, []);
  assertEquals(schema.parse(grant), grant);
  assertEquals(describe(grant), [
    "calls every host below example.com, port 443, encrypted",
    "calls 10.0.0.5 (a private address), ports 8080 to 8090, not encrypted",
    "calls this Berth's own address",
  ]);
  for (
    const wrong of [
      true,
      {},
      { allow: [] },
      { allow: "https://h" },
      { allow: ["h"] },
      { allow: ["https://h"], more: 1 },
      { allow: ["https://h"], authorities: ["x"] },
      { allow: new Array(257).fill("https://h") },
    ]
  ) assertEquals(schema.safeParse(wrong).success, false, JSON.stringify(wrong));
  const message = schema.safeParse({ allow: ["https://Example.com"] }).error?.issues[0]?.message ?? "";
  assertEquals(message, '"https://Example.com": write the host in lower case: example.com');
});
