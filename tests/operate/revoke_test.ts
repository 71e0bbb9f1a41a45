/** Grants that are taken back from services that run. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { actionList, grantList, revoked } from "../../runtime/server/openapi/replies.ts";
import { handler, reporter } from "../guests/wat.ts";
import { pack, type TestHost, testHost, until } from "../host/harness.ts";
import { keeper } from "./keeper.ts";

const CLOCK = reporter("(call $clock (i32.const 0) (i64.const 1) (i32.const 9000))", {
  imports:
    `(import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))`,
});
const DENIED = "76";

/** Traps at its start unless it may read the clock. */
const NEEDS_CLOCK = handler({
  imports:
    `(import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))`,
  fields: `(func (export "_initialize")
    (if (call $clock (i32.const 0) (i64.const 1) (i32.const 9000)) (then unreachable)))`,
});

const text = async (test: TestHost, path: string) => await (await test.call(path)).text();

async function take(test: TestHost, name: string, revocation: unknown, key?: string) {
  return await test.manage(`/berth/v1/services/${name}/revoke`, {
    method: "POST",
    body: JSON.stringify(revocation),
    ...(key ? { headers: { authorization: `Bearer ${key}` } } : {}),
  });
}

Deno.test("what is taken back is gone with the next request, is on record, and no way back gives it again", async () => {
  await using test = await testHost();
  await test.deploy("teller", CLOCK, { capabilities: { clock: true, stdio: true } });
  await test.deploy("teller", CLOCK, { version: "1.1.0", capabilities: { clock: true, stdio: true } });
  assertEquals(await text(test, "/api/teller"), "00");
  const answer = await take(test, "teller", { capability: "clock" });
  const reply = revoked.parse(await answer.json());
  assertEquals([answer.status, reply.trouble, reply.policyGrants, reply.state], [200, "", false, "running"]);
  assertEquals(reply.lost.map(({ capability }) => capability), ["clock", "clock"]);
  assertEquals(await text(test, "/api/teller"), DENIED);
  const held = grantList.parse(await (await test.manage("/berth/v1/services/teller/grants")).json()).held;
  assertEquals(held.map(({ capability }) => capability), ["stdio"]);
  const back = await test.manage("/berth/v1/services/teller/rollback", { method: "POST" });
  assertEquals([back.status, (await back.json()).version], [200, "1.0.0"]);
  assertEquals(await text(test, "/api/teller"), DENIED);
  const { actions } = actionList.parse(await (await test.manage("/berth/v1/audit")).json());
  assertEquals(
    actions.map(({ action, target, outcome }) => [action, target, outcome]).at(1),
    ["grant.revoke", "api-teller clock", "ok"],
  );
  const twice = await take(test, "teller", { capability: "clock" });
  assertEquals([twice.status, (await twice.json()).code], [409, "grant-not-held"]);
});

Deno.test("one line of a grant is taken back; it outlives a restart", async () => {
  const folder = await Deno.makeTempDir({ prefix: "berth-test-" });
  const allow = ["https://a.example", "https://b.example"];
  {
    await using test = await testHost({ dataFolder: folder });
    await test.deploy("caller", handler(), { capabilities: { http: { allow } } });
    const allows = "calls a.example, port 443, encrypted";
    assertEquals((await take(test, "caller", { capability: "http", allows })).status, 200);
  }
  await using test = await testHost({ dataFolder: folder });
  const { grants } = test.host.service("caller", "api").deployment.record;
  assertEquals((grants.http as { allow: string[] }).allow, ["https://b.example"]);
  await test.host.close();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a service that cannot start without it says so, holds it no more all the same, and recovers with a grant", async () => {
  await using test = await testHost();
  const service = await test.deploy("needy", NEEDS_CLOCK, { capabilities: { clock: true } });
  assertEquals((await test.call("/api/needy")).status, 200);
  const reply = revoked.parse(await (await take(test, "needy", { capability: "clock" })).json());
  assertEquals(reply.state, "failing");
  assertStringIncludes(reply.trouble, "start");
  assertStringIncludes(reply.reason, "unreachable");
  const refused = await test.call("/api/needy");
  assertEquals([refused.status, (await refused.json()).code], [503, "service-stopped"]);
  await until("the old worker has ended", () => service.state === "stopped");
  await test.deploy("needy", NEEDS_CLOCK, { version: "1.0.1", capabilities: { clock: true } });
  assertEquals((await test.call("/api/needy")).status, 200);
});

Deno.test("requests under way when a grant is taken back end well, and stored values stay", async () => {
  await using test = await testHost();
  await test.deploy("keeper", keeper("kept"), { capabilities: { storage: true, clock: true } });
  let failed = 0, going = true, answered = 0;
  const client = async () => {
    for (; going; answered++) {
      const answer = await test.call("/api/keeper/x");
      if (answer.status !== 200) failed++;
      await answer.body?.cancel();
    }
  };
  const clients = Promise.all([client(), client(), client()]);
  await until("there is load", () => answered > 20);
  assertEquals((await take(test, "keeper", { capability: "clock" })).status, 200);
  const before = answered;
  await until("it goes on", () => answered > before + 20);
  going = false;
  await clients;
  assertEquals(failed, 0);
});

Deno.test("only an admin takes back; what waits for approval asks for it again; the policy's word is told", async () => {
  await using test = await testHost({
    policy: { grant: [{ services: ["api-policed"], capabilities: { clock: true } }] },
  });
  const made = await test.manage("/berth/v1/keys", {
    method: "POST",
    body: JSON.stringify({ name: "ci", scopes: ["deploy"] }),
  });
  const { key } = await made.json();
  const http = { allow: ["https://a.example"] };
  await test.deploy("asker", handler(), { capabilities: { http } });
  const more = { ...http, allow: [...http.allow, "https://b.example"] };
  await test.host.deploy(await pack("asker", handler(), { version: "1.1.0", capabilities: { http: more } }), {
    clientId: "api",
  });
  assertEquals((await take(test, "asker", { capability: "http" }, key)).status, 403);
  assertEquals((await take(test, "asker", { capability: "http" })).status, 200);
  const { pending } = grantList.parse(await (await test.manage("/berth/v1/services/asker/grants")).json());
  assertEquals(pending?.more.length, 2);
  await test.deploy("policed", handler(), { capabilities: { clock: true } });
  const reply = revoked.parse(await (await take(test, "policed", { capability: "clock" })).json());
  assert(reply.policyGrants);
});
