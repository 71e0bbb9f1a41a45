import { assertEquals } from "@std/assert";
import { Hono } from "hono";
import { handler } from "../guests/wat.ts";
import { testHost } from "./harness.ts";

Deno.test("a host is mounted in another Hono app, and two hosts live in one process", async () => {
  await using one = await testHost();
  await using two = await testHost();
  await one.deploy("who", handler({ answer: "one" }));
  await two.deploy("who", handler({ answer: "two" }));
  const app = new Hono();
  app.get("/mine", (c) => c.text("mine"));
  app.all("/*", (c) => one.host.fetch(c.req.raw));
  assertEquals(await (await app.request("/mine")).text(), "mine");
  assertEquals(await (await app.request("/api/who")).text(), "one");
  assertEquals(await (await two.call("/api/who")).text(), "two");
  await one.host.remove("api-who");
  assertEquals((await app.request("/api/who")).status, 404);
  assertEquals(await (await two.call("/api/who")).text(), "two");
});

Deno.test("a host's Hono app can be a route of another", async () => {
  await using test = await testHost();
  await test.deploy("who", handler({ answer: "mounted" }));
  const app = new Hono();
  app.route("/", await test.host.app());
  assertEquals(await (await app.request("/healthz")).json(), { status: "ok", services: 1, failing: 0 });
});

Deno.test("a host that was closed says so", async () => {
  const test = await testHost();
  await test[Symbol.asyncDispose]();
  const answer = await test.call("/berth/v1/services");
  assertEquals([answer.status, (await answer.json()).code], [503, "host-closed"]);
});
