/** What every sample does, in every language: one suite over all SDKs. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { type Harness, startGuest } from "./harness.ts";
import type { Sample } from "./languages.ts";
import { openWorld, type World } from "./world.ts";

type Behaviour = (guest: Harness, world: World) => Promise<void>;

const post = (body: string) => ({ method: "POST", body });
const bytesOf = (text: string) => new TextEncoder().encode(text);

async function hello(guest: Harness): Promise<void> {
  const first = await guest.ask("/test/guest/v1/");
  assertEquals([first.status, first.header("content-type")], [200, "text/plain;charset=UTF-8"]);
  assertStringIncludes(first.text, "hello from ");
  assertEquals((await guest.ask("/hello/w%C3%B6rld?greeting=good+day")).text, "good day wörld");
  assertEquals((await guest.ask("/hello/x?other=1&greeting")).text, " x");
  assertEquals((await guest.ask("/hello/x/")).text, "hello x");

  const missing = await guest.ask("/nothing/here");
  assertEquals([missing.status, missing.text], [404, `{"error":"not found"}`]);
  assertEquals((await guest.ask("/", { method: "DELETE" })).status, 405);

  const binary = Uint8Array.of(0, 255, 254, 10, 0);
  const echo = await guest.ask("/echo", { method: "POST", body: binary, headers: { "content-type": "x/y" } });
  assertEquals([echo.status, echo.header("content-type"), echo.header("x-length")], [201, "x/y", "5"]);
  assertEquals(echo.body, binary);
  const cookies = echo.headers.filter(([name]) => name === "set-cookie").map(([, value]) => value);
  assertEquals(cookies, ["a=1", "b=2"]);
  assertEquals((await guest.ask("/echo", post(""))).text, "");

  const pieces = Array.from({ length: 9 }, (_, index) => bytesOf(String(index).repeat(30_000)));
  const streamed = await guest.ask("/echo", { method: "POST", body: pieces });
  assertEquals(streamed.header("x-length"), "270000");
  assertEquals(streamed.text, pieces.map((_, index) => String(index).repeat(30_000)).join(""));
}

async function counter(guest: Harness): Promise<void> {
  assertEquals(JSON.parse((await guest.ask("/counters")).text), {});
  assertEquals((await guest.ask("/counters/a")).status, 404);
  assertEquals(JSON.parse((await guest.ask("/counters/a", post(""))).text), { name: "a", value: 1 });
  assertEquals(JSON.parse((await guest.ask("/counters/a", post(`{"by": 41}`))).text).value, 42);
  assertEquals(JSON.parse((await guest.ask("/counters/b%20%22", post(`{"by": -7}`))).text), {
    name: `b "`,
    value: -7,
  });
  assertEquals(JSON.parse((await guest.ask("/counters/a")).text), { name: "a", value: 42 });
  assertEquals(JSON.parse((await guest.ask("/counters")).text), { a: 42, [`b "`]: -7 });
  for (const bad of ["{", `{"by":}`, "nul", `{"by": 1} x`, `"open`, "[1,]", `{"a" 1}`]) {
    assertEquals((await guest.ask("/counters/a", post(bad))).status, 400, bad);
  }
  assertEquals((await guest.ask("/counters/a", { method: "DELETE" })).status, 204);
  assertEquals((await guest.ask("/counters/a", { method: "DELETE" })).status, 404);
  const logged = guest.logs.find(({ message }) => message === "counted");
  assertEquals([logged?.level, logged?.fields], ["info", { name: "a" }]);
}

async function relay(guest: Harness, world: World): Promise<void> {
  const url = (target: string) => `/relay?url=${encodeURIComponent(target)}`;
  const whole = await guest.ask(url("http://up/x?y=1"), post("payload"));
  assertEquals([whole.status, whole.text, whole.header("content-type")], [200, "POST payload", "text/x-up"]);
  assertEquals(whole.headers.filter(([name]) => name === "set-cookie").length, 2);
  assertEquals(world.sent[0]?.url, "http://up/x?y=1");
  assertEquals(world.sent[0]?.headers, [["x-relayed-by", "berth"]]);
  assertEquals((await guest.ask(url("http://up/missing"))).status, 404);
  assertEquals((await guest.ask(url("http://up/down"))).status, 502);

  const denied = await guest.ask(url("http://elsewhere/"));
  assertEquals(denied.status, 403);
  assertStringIncludes(denied.text, "denied: ");
  assertStringIncludes(denied.text, "berth.json");
  assertEquals(guest.denials[0]?.capability, "http");

  const streamed = await guest.ask("/stream?url=http://up/many");
  assertEquals([streamed.text, streamed.pieces, streamed.header("content-type")], [
    "one,two,three",
    3,
    "text/x-up",
  ]);
}

const FORM = [
  `--XX\r\ncontent-disposition: form-data; name="title"\r\n\r\nmy file`,
  `\r\n--XX\r\nContent-Disposition: form-data; name="doc"; filename="../../x.txt"\r\nContent-Type: text/plain\r\n\r\n`,
  `line one\r\n--X not a boundary\r\n`.repeat(5000),
  `\r\n--XX--\r\n`,
];

async function files(guest: Harness, world: World): Promise<void> {
  const headers = { "content-type": "multipart/form-data; boundary=XX" };
  const content = FORM[2] ?? "";
  for (const body of [FORM.join(""), FORM.map(bytesOf)]) {
    const made = await guest.ask("/upload", { method: "POST", headers, body });
    assertEquals(made.status, 201);
    assertEquals(JSON.parse(made.text), [
      { name: "title", value: "my file" },
      { name: "doc", filename: "../../x.txt", size: content.length },
    ]);
    assertEquals(await Deno.readTextFile(`${world.data}/doc`), content);
  }
  const fetched = await guest.ask("/files/doc");
  assertEquals([fetched.status, fetched.header("content-length")], [200, String(content.length)]);
  assertEquals(fetched.text, content);
  assertEquals((await guest.ask("/files/none")).status, 404);
  assertEquals((await guest.ask("/files/..%2Fstorage.db")).status, 403);
  assertEquals((await guest.ask("/upload", { method: "POST", headers, body: FORM[0] ?? "" })).status, 400);
  assertEquals((await guest.ask("/upload", post("no form"))).status, 400);
  const names = [...Deno.readDirSync(world.data)].map(({ name }) => name);
  assertEquals(names, ["doc"]);

  const events = await guest.ask("/events?count=2");
  assertEquals([events.header("content-type"), events.text], ["text/event-stream", "data: 1\n\ndata: 2\n\n"]);
  let left = 0;
  await guest.ask("/events?count=1000", { onWrite: () => ++left < 4 });
  assertEquals(left, 4); // the guest noticed that the client had left
}

const BEHAVIOURS: Readonly<Record<Sample, Behaviour>> = { hello, counter, relay, files };

/** Runs a sample's suite. */
export async function checkSample(sample: Sample, wasm: Uint8Array): Promise<void> {
  await using world = await openWorld();
  const guest = await startGuest(wasm, { capabilities: world.capabilities });
  await BEHAVIOURS[sample](guest, world);
  guest.instance.close();
}

/** Without any capability every message that needs one is `denied`, and the request still gets its answer. */
export async function checkDenied(sample: Sample, wasm: Uint8Array): Promise<void> {
  const guest = await startGuest(wasm);
  if (sample === "counter") {
    assertEquals((await guest.ask("/counters/a")).status, 403);
    assertEquals(guest.denials[0]?.manifestLine, `"storage": true`);
  } else if (sample === "relay") {
    assertEquals((await guest.ask("/relay?url=http://up/")).status, 403);
  } else if (sample === "files") {
    assertEquals((await guest.ask("/files/doc")).status, 403);
  }
}
