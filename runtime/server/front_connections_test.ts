import { assert, assertEquals } from "@std/assert";
import { clientOf, Connections } from "./front_connections.ts";

Deno.test("one address gets so many connections, all together so many, and what has ended gives its place back", () => {
  const connections = new Connections({ maxCount: 5, perAddressMaxCount: 2 });
  const first = connections.enter("192.0.2.1");
  assert(first && connections.enter("192.0.2.1"));
  assertEquals(connections.enter("192.0.2.1"), null);
  assertEquals(connections.enter("::ffff:192.0.2.1"), null);
  assert(connections.enter("192.0.2.2") && connections.enter("192.0.2.3") && connections.enter("192.0.2.4"));
  first();
  assert(connections.enter("192.0.2.1"));
  assertEquals(connections.enter("192.0.2.5"), null);
  assertEquals([connections.open, connections.refused], [5, 3]);
});

Deno.test("this machine's own connections are bounded only together: a proxy is one of them", () => {
  const connections = new Connections({ maxCount: 3, perAddressMaxCount: 1 });
  for (const address of ["127.0.0.1", "127.3.2.1", "::1"]) assert(connections.enter(address));
  assertEquals(connections.enter("127.0.0.1"), null);
});

Deno.test("an IPv6 client is its network of 64 bits, however its address is written", () => {
  for (
    const [address, client] of [
      ["2001:db8:0:1:aaaa::1", "2001:db8:0:1"],
      ["2001:DB8::1:0:0:0:2", "2001:db8:0:1"],
      ["2001:0db8:0000:0001::", "2001:db8:0:1"],
      ["fe80::1%eth0", "fe80:0:0:0"],
      ["::2", "0:0:0:0"],
      ["10.0.0.7", "10.0.0.7"],
      ["", ""],
    ] as const
  ) assertEquals(clientOf(address), client, address);
});
