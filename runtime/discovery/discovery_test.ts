import { assertEquals } from "@std/assert";
import { Discovery } from "./discovery.ts";
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

async function until(done: () => boolean, meanwhile = () => {}): Promise<void> {
  const signal = AbortSignal.timeout(10_000);
  while (!done()) {
    signal.throwIfAborted();
    meanwhile();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
