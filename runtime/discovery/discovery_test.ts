import { assertEquals, assertMatch } from "@std/assert";
import { createSocket } from "node:dgram";
import { Discovery } from "./discovery.ts";
import { isSameNetwork } from "./interfaces.ts";
import { Neighbours } from "./neighbours.ts";
import { readRecords, recordsOf, SERVICE_TYPE } from "./record.ts";

const HOST = { id: "one", name: "kitchen", version: "0.1.0", port: 8083, secure: false };

Deno.test("hosts on a network find each other, and one that leaves is forgotten", async () => {
  const place = { interfaces: ["127.0.0.1"], port: 30_000 + Math.floor(Math.random() * 20_000) };
  await using listener = await Discovery.open(place);
  {
    await using _one = await Discovery.open({ ...place, announce: HOST });
    await using two = await Discovery.open({
      ...place,
      announce: { ...HOST, id: "two", port: 9, secure: true },
    });
    await until(() => listener.neighbours.length === 2 && two.neighbours.length === 1, () => listener.ask());
    assertEquals(listener.neighbours.map(({ id, origin }) => [id, origin]), [
      ["one", "http://127.0.0.1:8083"],
      ["two", "https://127.0.0.1:9"],
    ]);
    assertEquals(two.neighbours.map(({ id }) => id), ["one"]);
  }
  await until(() => listener.neighbours.length === 0);
});

Deno.test("an announcement is believed for its address only, and a bad one not at all", () => {
  const read = (change: Partial<typeof HOST>, from = "10.0.0.7") => {
    return readRecords(recordsOf({ ...HOST, ...change }, ["6.6.6.6"]), from)?.neighbour;
  };
  assertEquals(read({}), { id: "one", name: "kitchen", version: "0.1.0", origin: "http://10.0.0.7:8083" });
  assertEquals(read({ name: "\x1b[31m<b>é</b>" })?.name, "31mbéb");
  for (
    const bad of [{ id: "" }, { id: "a b" }, { id: "x".repeat(65) }, { port: 0 }, { port: 65_536 }, {
      version: "\n",
    }]
  ) {
    assertEquals(read(bad), undefined);
  }
  assertEquals(read({}, "fe80::1"), undefined);
  assertEquals(read({}, "::ffff:10.0.0.7")?.origin, "http://10.0.0.7:8083");
  assertEquals(read({}, "fd83::2")?.origin, "http://[fd83::2]:8083");
  for (const from of ["", "10.0.0", "example.com", "fd83::2]/@x", "fd83::2%eth0"]) {
    assertEquals(read({}, from), undefined);
  }
  assertEquals(readRecords([], "10.0.0.7"), undefined);
  const noText = recordsOf(HOST, []).map((record) =>
    record.type === "TXT" ? { ...record, data: null } : record
  );
  assertEquals(readRecords(noText, "10.0.0.7"), undefined);
  const other = recordsOf(HOST, []).map((record) => ({
    ...record,
    name: record.name.replace(SERVICE_TYPE, "_x._tcp.local"),
  }));
  assertEquals(readRecords(other, "10.0.0.7"), undefined);
});

Deno.test("an IPv6 address that a host tells is taken only on our own network", () => {
  const isOurs = (address: string) => isSameNetwork(address, "fd83:0:0:1::9");
  const heard = (addresses: readonly string[]) =>
    readRecords(recordsOf(HOST, addresses), "fe80::1", isOurs)?.neighbour.origin;
  assertEquals(heard(["2001:db8::1", "fd83:0:0:1::2"]), "http://[fd83:0:0:1::2]:8083");
  assertEquals(heard(["2001:db8::1", "fe80::1", "fd83::1", "nonsense"]), undefined);
  for (
    const [one, other, same] of [
      ["fd83::1", "fd83:0::2", true],
      ["fd83:0:0:1::", "fd83:0:0:1:ffff::", true],
      ["fd83::1", "fd83:0:0:1::1", false],
      ["10.0.0.1", "10.0.0.1", false],
      ["", "", false],
    ] as const
  ) assertEquals([one, other, isSameNetwork(one, other)], [one, other, same]);
});

Deno.test("who announces much, or speaks for others, is not believed", () => {
  let nowMs = 0;
  const neighbours = new Neighbours(() => nowMs);
  const hear = (id: string, address: string, ttlS = 120) =>
    neighbours.hear({ neighbour: { id, name: id, version: "1", origin: `http://${address}:8083` }, ttlS });
  for (let n = 0; n < 1_000; n++) hear(`many-${n}`, "10.0.0.66");
  assertEquals(neighbours.list().length, 16);
  for (let n = 0; n < 1_000; n++) hear(`each-${n}`, `10.0.${n % 250}.${Math.floor(n / 250) + 1}`);
  assertEquals(neighbours.list().length, 256);
  nowMs = 120_000;
  assertEquals(neighbours.list(), []);

  hear("one", "10.0.0.1");
  hear("one", "10.0.0.66", 0);
  hear("one", "10.0.0.66");
  assertEquals(neighbours.list().map(({ origin }) => origin), ["http://10.0.0.1:8083"]);
  hear("one", "10.0.0.1", 0);
  assertEquals(neighbours.list(), []);
});

Deno.test("packets of any content leave discovery as it was", async () => {
  const place = { interfaces: ["127.0.0.1"], port: 30_000 + Math.floor(Math.random() * 20_000) };
  await using listener = await Discovery.open({ ...place, announce: HOST });
  const socket = createSocket("udp4");
  const send = (bytes: Uint8Array) =>
    new Promise((sent) => socket.send(bytes, place.port, "127.0.0.1", sent));
  try {
    const good = await announcement(place.port + 1);
    let seed = 7;
    const random = (below: number) => (seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff) % below;
    for (let n = 0; n < 500; n++) {
      const bytes = Uint8Array.from(good).subarray(0, 12 + random(good.length - 11));
      for (let change = 0; change < 4; change++) bytes[2 + random(bytes.length - 2)] = random(256);
      await send(bytes);
    }
    await send(new Uint8Array(0));
    await send(good);
    await until(() => listener.neighbours.some(({ id }) => id === "other"), () => void send(good));
    for (const { id, name, origin } of listener.neighbours) {
      assertMatch(`${id} ${name} ${origin}`, /^[\w.-]+ [\p{L}\p{N} ._-]* http:\/\/127\.0\.0\.1:\d+$/u);
    }
  } finally {
    socket.close();
  }
});

/** The packet that a host announces itself with, as it goes over the network. */
async function announcement(port: number): Promise<Uint8Array<ArrayBuffer>> {
  const socket = createSocket({ type: "udp4", reuseAddr: true });
  try {
    const heard = new Promise<Uint8Array<ArrayBuffer>>((resolve) => {
      socket.on("message", (packet: Uint8Array<ArrayBuffer>) => {
        if ((packet[2] ?? 0) & 0x80) resolve(packet); // a response
      });
    });
    await new Promise<void>((bound) => socket.bind(port, "0.0.0.0", () => bound()));
    socket.addMembership("224.0.0.251", "127.0.0.1");
    await using _other = await Discovery.open({
      ...{ interfaces: ["127.0.0.1"], port },
      announce: { ...HOST, id: "other" },
    });
    return await heard;
  } finally {
    socket.close();
  }
}

async function until(done: () => boolean, meanwhile = () => {}): Promise<void> {
  const signal = AbortSignal.timeout(10_000);
  while (!done()) {
    signal.throwIfAborted();
    meanwhile();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
