/** `berth test`: the world that a project's own tests make up for it. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { dirname, join } from "@std/path";
import { berth } from "./testing.ts";

const SERVICE = `
import { app, callService, config, fetch, Headers, Request, Response, storage } from "berth";
export { berth_abi_1, mk_module_on_event } from "berth";

@external("wasi_snapshot_preview1", "clock_time_get")
declare function clockTimeGet(clock: i32, precision: i64, at: usize): i32;
@external("wasi_snapshot_preview1", "random_get")
declare function randomGet(at: usize, length: i32): i32;

app.all("/fetch", (request: Request, response: Response) => {
  const headers = new Headers();
  const token = config.secret("TOKEN");
  if (token.found) headers.add("Authorization", token.value);
  const answer = fetch(request.query("url"), request.method, request.wholeBody(), headers);
  if (!answer.ok) return response.error(502, answer.code + ": " + answer.message);
  response.status(answer.status).send(answer.body, answer.headers.get("content-type"));
});
app.get("/price", (_request: Request, response: Response) => {
  const answer = callService("prices", "/today?of=tea");
  if (!answer.ok) response.error(502, answer.code);
  else response.text(answer.text);
});
app.get("/now", (_request: Request, response: Response) => {
  const at = memory.data(8);
  clockTimeGet(0, 1, at);
  response.text((load<u64>(at) / 1000000000).toString());
});
app.get("/random", (_request: Request, response: Response) => {
  const at = memory.data(8);
  randomGet(at, 4);
  response.text(load<u32>(at).toString());
});
app.get("/stored", (_request: Request, response: Response) => response.text(storage.get("a").value));
`;

const MANIFEST = {
  berth: 1,
  name: "worldly",
  version: "1.0.0",
  module: "build/worldly.wasm",
  path: "/worldly/v1",
  logLevel: "error",
  capabilities: {
    clock: true,
    random: true,
    storage: true,
    env: { secrets: ["TOKEN"] },
    http: { allow: ["https://api.example.com", "https://*.example.org"] },
    services: { allow: ["prices"] },
  },
};

const at = (url: string) => `/fetch?url=${encodeURIComponent(url)}`;

const STEPS = [
  {
    name: "a call is answered, and looked at",
    request: { method: "POST", path: at("https://api.example.com/users/7?x=1"), json: { name: "Ada" } },
    expect: {
      status: 201,
      json: { id: 7 },
      headers: { "content-type": "application/json" },
      calls: [{
        method: "POST",
        url: "https://api.example.com/users/7?x=1",
        headers: { authorization: "for tests" },
        json: { name: "Ada" },
      }],
    },
  },
  {
    name: "a redirect is followed within the grant",
    request: { path: at("https://api.example.com/moved") },
    expect: {
      body: "here",
      calls: [{ url: "https://api.example.com/moved" }, { url: "https://www.example.org/new" }],
    },
  },
  {
    name: "a redirect out of the grant is refused",
    request: { path: at("https://api.example.com/away") },
    expect: { status: 502, contains: "denied: " },
  },
  {
    name: "what the grant does not allow is denied, faked or not",
    request: { path: at("https://evil.example/") },
    expect: { status: 502, contains: "denied: ", calls: [] },
  },
  {
    name: "what is not faked is refused, and says so",
    request: { path: at("https://api.example.com/other") },
    expect: { status: 502, contains: "GET https://api.example.com/other is not faked" },
  },
  {
    name: "a step has its own world first",
    world: { calls: [{ url: "https://api.example.com/*", answer: { error: "timeout" } }] },
    request: { path: at("https://api.example.com/users/7") },
    expect: { status: 502, contains: "timeout: " },
  },
  { name: "another service", request: { path: "/price" }, expect: { body: "2.50" } },
  { name: "the time stands", request: { path: "/now" }, expect: { body: "1767225600" } },
  {
    name: "and stands elsewhere",
    world: { clock: "2030-01-01T00:00:00+01:00" },
    request: { path: "/now" },
    expect: { body: "1893452400" },
  },
  {
    name: "chance is chosen",
    world: { random: 7 },
    request: { path: "/random" },
    expect: { body: "RANDOM" },
  },
  {
    name: "and the same again",
    world: { random: 7 },
    request: { path: "/random" },
    expect: { body: "RANDOM" },
  },
  { name: "storage holds something", request: { path: "/stored" }, expect: { body: "from the test" } },
];

const FILE = {
  deployment: { secrets: { TOKEN: "for tests" } },
  world: {
    clock: "2026-01-01T00:00:00Z",
    storage: { a: "from the test" },
    calls: [
      { method: "POST", url: "https://api.example.com/users/*", answer: { status: 201, json: { id: 7 } } },
      {
        url: "https://api.example.com/moved",
        answer: { status: 302, headers: { Location: "https://www.example.org/new" } },
      },
      {
        url: "https://api.example.com/away",
        answer: { status: 307, headers: { location: "https://elsewhere.example/" } },
      },
      { url: "https://www.example.org/new", answer: { body: "here" } },
      { url: "https://elsewhere.example/", answer: { body: "never" } },
      { url: "https://evil.example/", answer: { body: "never" } },
      { url: "service:prices/today", answer: { body: "2.50" } },
    ],
  },
  requests: STEPS,
};

async function project(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "berth-world-test-" });
  const files = { "berth.json": JSON.stringify(MANIFEST), "assembly/index.ts": SERVICE };
  for (const [path, text] of Object.entries(files)) await write(folder, path, text);
  return folder;
}

async function write(folder: string, path: string, text: string): Promise<void> {
  await Deno.mkdir(dirname(join(folder, path)), { recursive: true });
  await Deno.writeTextFile(join(folder, path), text);
}

Deno.test("berth test: other hosts, services, time, chance, storage and secrets are what the tests say", async () => {
  const folder = await project();
  try {
    await write(folder, "tests/requests.json", JSON.stringify(FILE).replaceAll("RANDOM", "1"));
    const first = JSON.parse((await berth(["test", folder, "--json"])).out);
    const drawn = first.outcomes.flatMap(({ problems }: { problems: string[] }) => problems)
      .map((problem: string) => /"(\d+)" and should be "1"$/.exec(problem)?.[1]);
    assertEquals([drawn.length, drawn[0]], [2, drawn[1]]); // nothing else is wrong, and chance repeats itself
    await write(folder, "tests/requests.json", JSON.stringify(FILE).replaceAll("RANDOM", String(drawn[0])));
    const { code, out } = await berth(["test", folder]);
    assertEquals([code, out.includes("12 right")], [0, true], out);

    // What was expected and did not come is told.
    const [step] = STEPS;
    const wrong = {
      ...FILE,
      requests: [
        {
          ...step,
          expect: { calls: [{ method: "PUT", url: "https://api.example.com/users/7?x=1", json: {} }] },
        },
        { ...step, expect: { calls: [] } },
      ],
    };
    await write(folder, "tests/requests.json", JSON.stringify(wrong));
    const failed = await berth(["test", folder]);
    assertEquals(failed.code, 1);
    for (
      const text of [
        `call 1: the method is "POST" and should be "PUT"`,
        `call 1: the body is {"name":"Ada"} and should be {}`,
        "the calls are POST https://api.example.com/users/7?x=1 and should be none",
        "faked POST https://api.example.com/users/7?x=1: 201",
      ]
    ) assertStringIncludes(failed.out, text);
    assert(!failed.out.includes("for tests"), "not even a test's secret is in the log");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("berth test: a mistake in the world is told with its place", async () => {
  const folder = await project();
  try {
    const bad = {
      world: { clock: "yesterday", calls: [{ url: "api.example.com", answer: {} }] },
      requests: [],
    };
    await write(folder, "tests/requests.json", JSON.stringify(bad));
    const { code, err } = await berth(["test", folder]);
    assertEquals(code, 1);
    assertStringIncludes(err, "world.clock");
    assertStringIncludes(err, 'is written "https://api.example.com/users/*"');
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
