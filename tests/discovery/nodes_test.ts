import { assertEquals } from "@std/assert";
import { testHost } from "../host/harness.ts";

Deno.test("mimOE's routes for nodes tell of this host and of its neighbours, to whoever has a key", async () => {
  await using test = await testHost();
  const other = { id: "two", name: "kitchen", version: "0.1.0", origin: "http://10.0.0.2:8083" };
  test.host.neighbours = () => [other];
  for (const path of ["/mds/v1/nodes?clusters=linkLocal", "/mimik-mesh/insight/v1/nodes?type=linkLocal"]) {
    assertEquals((await test.call(path)).status, 401);
    const { data } = await (await test.manage(path)).json();
    assertEquals([data.length, data[0].id, data[0].thisNode], [2, test.host.me().nodeId, true]);
    assertEquals(data[1], {
      id: "two",
      name: "kitchen",
      addresses: [{ type: "local", url: { href: "http://10.0.0.2:8083" } }],
      services: [],
    });
  }
  const account = await test.manage("/mds/v1/nodes?clusters=account");
  assertEquals([account.status, (await account.json()).code], [400, "cluster-unknown"]);
});
