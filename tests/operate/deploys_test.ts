/** Deployments at the same time. */
import { assertEquals } from "@std/assert";
import { history } from "../../runtime/server/openapi/replies.ts";
import { handler } from "../guests/wat.ts";
import { pack, type TestHost, testHost } from "../host/harness.ts";

async function deploy(test: TestHost, n: number, name = "hello"): Promise<Response> {
  const body = new FormData();
  const tar = await pack(name, handler({ answer: `version ${n}` }), { version: `1.0.${n}` });
  body.set("image", new Blob([tar]), "image.tar");
  return await test.manage("/berth/v1/deployments", { method: "POST", body });
}

Deno.test("deploys at once are deploys in a row: each has its revision, and the last one serves", async () => {
  await using test = await testHost();
  const COUNT = 8;
  const answers = await Promise.all(
    Array.from({ length: COUNT }, async (_, n) => {
      const answer = await deploy(test, n);
      return { status: answer.status, ...await answer.json() as { revision: number; version: string } };
    }),
  );
  assertEquals(answers.map(({ status }) => status), Array(COUNT).fill(201));
  const byRevision = answers.toSorted((a, b) => b.revision - a.revision);
  assertEquals(byRevision.map(({ revision }) => revision), [8, 7, 6, 5, 4, 3, 2, 1]);
  const kept = history.parse(await (await test.manage("/berth/v1/services/hello/history")).json()).history;
  assertEquals(
    kept.map(({ revision, version }) => [revision, version]),
    byRevision.map(({ revision, version }) => [revision, version]),
  );
  const last = byRevision[0]?.version.split(".").at(-1);
  assertEquals(await (await test.call("/api/hello")).text(), `version ${last}`);
});
