/** The newcomer's script: the first ten minutes, with the output of each command; real hosts, real compilers. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { createHost, serveHost } from "../../mod.ts";
import { EXIT } from "../../runtime/cli/errors.ts";
import { SDK_LANGUAGES } from "../sdk/languages.ts";
import { berth, type Outcome } from "./testing.ts";

const folder = await Deno.makeTempDir({ prefix: "berth-newcomer-test-" });
const data = join(folder, "data");
const host = await createHost({ dataFolder: data });
const listening = serveHost(host, { hostname: "127.0.0.1", port: 0 });

Deno.test.afterAll(async () => {
  await listening.stop(1_000);
  await host.close();
  await Deno.remove(folder, { recursive: true });
});

const cache = Deno.env.get("BERTH_CACHE");
const env = {
  EDGE_ENGINE_URI: listening.origin,
  BERTH_DATA: data,
  ...(cache ? { BERTH_CACHE: cache } : {}),
};

async function good(...args: string[]): Promise<Outcome> {
  const outcome = await berth(args, { cwd: folder, env });
  assertEquals([outcome.code, outcome.err.includes("error:")], [0, false], outcome.out + outcome.err);
  return outcome;
}

async function answer(url: string): Promise<unknown> {
  const response = await fetch(url);
  assertEquals(response.status, 200);
  return await response.json();
}

/** Waits for what comes by itself; the test's own bound, never a measure. */
async function until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 1_800; tries++) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`waited three minutes in vain for ${look}`);
}

/** `berth dev` on a host of its own: the answer, the edit, the new answer, the end. */
async function develop(name: string, edit: () => Promise<void>): Promise<void> {
  const quit = new AbortController();
  let err = "";
  const running = berth(["dev", name, "--port", "0"], {
    cwd: folder,
    env: cache ? { BERTH_CACHE: cache } : {},
    interrupted: quit.signal,
    onErr: (text) => err += text,
  });
  try {
    const url = await until(() => /✔ (http:\S+).* after the start/.exec(err)?.[1]);
    assertEquals(await answer(`${url}/hello/Ada`), { greeting: "hello Ada", times: 1 });
    await edit();
    await until(() => / changed\n[^]*✔ http:\S+.* after it was saved/.test(err) || undefined);
    assertEquals(await answer(`${url}/hello/Ada`), { greeting: "good day Ada", times: 2 });
  } finally {
    quit.abort();
    assertEquals((await running).code, 0, err);
  }
}

for (
  const [language, source] of [["cpp", "src/main.cpp"], ["assemblyscript", "assembly/index.ts"]] as const
) {
  Deno.test(`new ${language}, test, dev, edit, pack, deploy, call, logs, rollback, rm`, async () => {
    const name = `hello-${language}`;
    const replace = async (path: string, from: string, to: string) => {
      const file = join(folder, name, path);
      const text = await Deno.readTextFile(file);
      assertStringIncludes(text, from);
      await Deno.writeTextFile(file, text.replace(from, to));
    };
    assertStringIncludes((await good("new", language, name)).out, `${name}/${source}`);
    assertEquals((await berth(["new", language, name], { cwd: folder })).code, EXIT.failure);
    assertMatch((await good("test", name)).out, /\n3 right\n$/);

    await develop(name, () => replace(source, '"hello " + name', '"good day " + name'));

    const packed = (await good("pack", name)).out;
    assertMatch(
      packed,
      new RegExp(`^✔ packed ${name}/build/${name}-0\\.1\\.0\\.tar .* kB\\n  asks for: storage\\n$`),
    );
    const deployed = await good("deploy", join(name, "build", `${name}-0.1.0.tar`));
    assertStringIncludes(deployed.err, `deployed ${name} 0.1.0`);
    const url = /http:\S+/.exec(deployed.out)?.[0] ?? "";
    assertEquals(await answer(`${url}/hello/Ada`), { greeting: "good day Ada", times: 1 });
    assertMatch((await good("logs", name)).out, / info {2}log {4}said hello/);
    assertMatch((await good("ls")).out, new RegExp(`${name} +0\\.1\\.0 +\\w+ +1 +0`));
    assertStringIncludes((await good("inspect", name)).out, "keeps keys and values");

    await replace(source, '"good day " + name', '"hello " + name');
    await replace("berth.json", "0.1.0", "0.2.0");
    assertStringIncludes((await good("deploy", name)).err, `deployed ${name} 0.2.0`);
    assertEquals(await answer(`${url}/hello/Ada`), { greeting: "hello Ada", times: 2 });

    assertStringIncludes((await good("rollback", name)).out, "is back at 0.1.0");
    assertEquals(await answer(`${url}/hello/Ada`), { greeting: "good day Ada", times: 3 });
    assertMatch((await good("rollback", name, "--list")).out, /0\.1\.0.*current\n/);
    assertStringIncludes((await good("rm", name, "--yes")).out, `removed ${name}`);
    assertEquals((await berth(["inspect", name], { env })).code, EXIT.refused);
  });
}

for (
  const { language, missing } of SDK_LANGUAGES.filter((each) =>
    !["cpp", "assemblyscript"].includes(each.language)
  )
) {
  Deno.test(`new ${language} and test, as far as the machine has its compiler`, async () => {
    await good("new", language, `hello-${language}`);
    const { code, out, err } = await berth(["test", `hello-${language}`], { cwd: folder, env });
    if (await missing() === null) assertMatch(out, /\n3 right\n$/, err);
    else assertEquals([code, err.includes("error:")], [EXIT.failure, true]);
  });
}

Deno.test("a compiler's error comes through with its place, and the exit code tells", async () => {
  await good("new", "assemblyscript", "broken");
  const source = join(folder, "broken/assembly/index.ts");
  await Deno.writeTextFile(source, (await Deno.readTextFile(source)) + "\nlet x: i32 = missing;\n");
  const { code, err } = await berth(["deploy", "broken"], { cwd: folder, env });
  assertEquals(code, EXIT.failure);
  assertStringIncludes(err, "Cannot find name 'missing'");
  assertMatch(err, /first: assembly\/index\.ts:\d+:\d+: error: /);
});

Deno.test("what asks for more than the baseline waits until it is granted", async () => {
  await good("new", "assemblyscript", "caller");
  const manifest = join(folder, "caller/berth.json");
  const value = JSON.parse(await Deno.readTextFile(manifest));
  value.capabilities.http = { allow: ["https://example.com"] };
  await Deno.writeTextFile(manifest, JSON.stringify(value));

  const sent = await berth(["deploy", "caller"], { cwd: folder, env });
  assertEquals(sent.code, EXIT.waiting, sent.err);
  assertStringIncludes(sent.err, "calls example.com");
  assertStringIncludes(sent.out, "berth grant caller");
  assertStringIncludes((await good("ls")).out, "! caller 0.1.0 waits for approval");

  assertEquals((await berth(["grant", "caller"], { cwd: folder, env })).code, EXIT.usage);
  const kept = await berth(["grant", "caller"], { cwd: folder, env, answers: ["no"] });
  assertEquals([kept.code, kept.out], [0, "It goes on waiting.\n"]);
  assertStringIncludes((await good("grant", "caller", "--yes")).out, "caller 0.1.0 is");
  assertStringIncludes((await good("grant", "caller", "--show")).out, "calls example.com");
  assertMatch((await good("ls")).out, /\ncaller +0\.1\.0 +\w+/);
  await good("rm", "caller", "--yes");
});

Deno.test("images are listed with what uses them, kept while they are in use, and pruned", async () => {
  await good("new", "assemblyscript", "pictured");
  await good("deploy", "pictured");
  const list = (await good("images")).out;
  assertMatch(list, /\npictured\S* +api-pictured\S* +[0-9a-f]{12} +\S+ kB +.* +pictured\n/);
  const { images } = JSON.parse((await good("images", "ls", "--json")).out);
  const image = images.find(({ usedBy }: { usedBy: { service: string }[] }) =>
    usedBy[0]?.service === "pictured"
  );
  assertStringIncludes((await good("images", "inspect", image.digest.slice(0, 12))).out, "used by  pictured");
  const kept = await berth(["images", "rm", image.id], { cwd: folder, env });
  assertEquals(kept.code, EXIT.refused);
  assertStringIncludes(kept.err, "is used by the service api-pictured");
  assertStringIncludes(kept.err, "fix: Remove the services that run from it first.");
  const none = await berth(["images", "inspect", "nothing"], { cwd: folder, env });
  assertEquals([none.code, none.err.includes("There are: ")], [EXIT.refused, true]);

  await good("rm", "pictured", "--yes");
  assertEquals(
    (await berth(["images", "prune"], { cwd: folder, env, answers: ["n"] })).out,
    "Nothing was removed.\n",
  );
  assertStringIncludes((await good("images", "prune", "--yes")).out, "removed pictured");
  assertEquals(JSON.parse((await good("images", "prune", "--yes", "--json")).out), { removed: [] });
});

Deno.test("doctor finds this machine fit and the device there", async () => {
  const { out } = await berth(["doctor"], { cwd: folder, env });
  const names = [
    "Deno",
    "WebAssembly",
    "worker options",
    "permissions",
    "data folder",
    "clock",
    "memory",
    "device",
  ];
  for (const part of [...names, "API key"]) assertStringIncludes(out, `✔ ${part}`);
  assertMatch(out, /[✔!] port +8083/);
  const { checks } = JSON.parse((await good("doctor", "--json")).out);
  assertEquals(checks.map(({ verdict }: { verdict: string }) => verdict === "bad"), checks.map(() => false));
});

Deno.test("the limits of the device are listed with their reasons; the key is printed", async () => {
  assertMatch((await good("limits")).out, /wallMaxMs +30\.0 s/);
  assertEquals((await good("key")).out, await Deno.readTextFile(join(data, "api-key")));
});

Deno.test("keys are made, work within their scope, and are taken back", async () => {
  const made = await good("key", "new", "script", "--scope", "read");
  const key = made.out.trim();
  assertStringIncludes((await good("key", "ls")).out, "script");
  assertEquals((await berth(["ls", "--key", key], { env })).code, 0);
  assertEquals((await berth(["key", "ls", "--key", key], { env })).code, EXIT.refused);
  await good("key", "rm", "script");
  assertEquals((await berth(["ls", "--key", key], { env })).code, EXIT.refused);
});
