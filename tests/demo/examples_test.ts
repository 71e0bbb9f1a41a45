/** The examples, built from source and deployed as a tar over HTTP to a host that listens. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { createHost, serveHost } from "../../mod.ts";
import { Builder } from "../../runtime/build/build.ts";
import { type DeployRequest, DeviceClient, type ServiceSummary } from "../../runtime/cli/client.ts";
import { isPending } from "../../runtime/cli/commands/deploy.ts";
import { packProject } from "../../runtime/cli/pack.ts";
import { makeSurroundings } from "./surroundings.ts";

const EXAMPLES = join(import.meta.dirname ?? ".", "../../examples");
const folder = await Deno.makeTempDir({ prefix: "berth-examples-test-" });
const surroundings = await makeSurroundings(folder);
const host = await createHost({ dataFolder: join(folder, "data") });
const listening = serveHost(host, { hostname: "127.0.0.1", port: 0 });
const builder = new Builder();
const client = new DeviceClient({
  origin: listening.origin,
  key: (await Deno.readTextFile(join(folder, "data", "api-key"))).trim(),
  clientId: undefined,
  local: true,
});

Deno.test.afterAll(async () => {
  builder.close();
  await listening.stop(1_000);
  await host.close();
  await surroundings[Symbol.asyncDispose]();
  await Deno.remove(folder, { recursive: true });
});

async function deploy(example: string, request: DeployRequest): Promise<ServiceSummary> {
  await builder.build(join(EXAMPLES, example));
  const { tar } = await packProject(join(EXAMPLES, example));
  const deployed = await client.deploy(tar, { approved: true, ...request });
  assert(!isPending(deployed), "what is approved does not wait");
  return deployed;
}

async function ask(url: string, method = "GET") {
  const response = await fetch(url, { method });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: text === "" ? null : JSON.parse(text),
  };
}

async function denials(service: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const entry of client.logs(service, { tail: 100, follow: false })) {
    if (entry.level === "warn" && entry.source === "host") lines.push(entry.message);
  }
  return lines;
}

Deno.test("log-reader answers from log files on this machine's disk", async () => {
  const { url } = await deploy("log-reader", { mounts: { "/logs": surroundings.logsFolder } });

  const { json: { logs } } = await ask(`${url}/`);
  assertEquals(logs.map((log: { name: string }) => log.name), ["gateway.log", "pump.log"]);
  assertEquals(logs[0].sizeBytes, (await Deno.stat(join(surroundings.logsFolder, "gateway.log"))).size);
  assert(logs[0].secondsSinceChange >= 0 && logs[0].secondsSinceChange < 600);

  await Deno.writeTextFile(join(surroundings.logsFolder, "gateway.log"), "[warn] new line without an end", {
    append: true,
  });
  assertEquals((await ask(`${url}/gateway.log/tail?lines=2`)).json.lines, [
    "Nov 23 06:20:14 gateway[412]: [info] 10.1.0.7 is back",
    "[warn] new line without an end",
  ]);
  assertEquals((await ask(`${url}/gateway.log/tail?level=error`)).json.lines.length, 1);
  assertEquals((await ask(`${url}/gateway.log/grep?text=LINK&ignore-case=1`)).json.found, [
    { line: 1, text: "Nov 23 06:00:00 gateway[412]: [info] link up, 100 Mbit/s" },
  ]);
  assertEquals((await ask(`${url}/gateway.log/counts`)).json, {
    name: "gateway.log",
    lines: 4,
    levels: { error: 1, warn: 1, info: 2, debug: 0, none: 0 },
  });
  assertEquals((await ask(`${url}/none.log/tail`)).status, 404);
  assertEquals((await ask(`${url}/gateway.log/tail`, "DELETE")).status, 405);
});

Deno.test("log-reader reads a file larger than its buffers, and tails it at once", async () => {
  const { url } = await deploy("log-reader", { mounts: { "/logs": surroundings.logsFolder } });
  const lines = Array.from(
    { length: 60_000 },
    (_, index) => `${index % 3 === 0 ? "ERROR" : "INFO"} line ${index}`,
  );
  await Deno.writeTextFile(join(surroundings.logsFolder, "large.log"), lines.join("\n") + "\n");
  const counts = (await ask(`${url}/large.log/counts`)).json;
  assertEquals([counts.lines, counts.levels.error], [60_000, 20_000]);
  assertEquals((await ask(`${url}/large.log/tail?lines=1000`)).json.lines, lines.slice(-1000));
  assertEquals((await ask(`${url}/large.log/grep?text=line+59999`)).json.found, [{
    line: 60_000,
    text: "INFO line 59999",
  }]);
});

Deno.test("log-reader gets nothing outside its folder, and the operator reads why", async () => {
  const { url } = await deploy("log-reader", { mounts: { "/logs": surroundings.logsFolder } });
  await Deno.writeTextFile(join(folder, "secret.log"), "secret");
  await Deno.symlink("../../secret.log", join(surroundings.logsFolder, "link.log"));
  for (
    const path of ["..%2f..%2fsecret.log", "..%2fsecret.log", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "link.log"]
  ) {
    const { status, text } = await ask(`${url}/${path}/tail`);
    assert(status === 403 || status === 404, `${path}: ${status}`);
    assert(!text.includes('secret"') && !text.includes("root:"), text);
  }
  assertMatch((await denials("log-reader")).join("\n"), /files/);
});

Deno.test("log-reader without the clock still lists, and the operator reads which key would give it the time", async () => {
  const { url } = await deploy("log-reader", {
    name: "clockless",
    env: { "MCM.BASE_API_PATH": "/clockless" },
    grants: { files: { mounts: [{ guest: "/logs", host: surroundings.logsFolder, access: "read" }] } },
  });
  assertEquals((await ask(`${url}/`)).status, 200);
  assertMatch((await denials("clockless")).join("\n"), /denied clock: .*"clock"/);
});

Deno.test("counter counts, also for many at once and over a new deployment", async () => {
  const { url } = await deploy("counter", {});
  assertEquals((await ask(`${url}/visits`)).json, { name: "visits", value: 0 });
  const adds = await Promise.all(Array.from({ length: 20 }, () => ask(`${url}/visits?by=3`, "POST")));
  assertEquals(
    adds.map(({ json }) => json.value).sort((a, b) => a - b),
    Array.from({ length: 20 }, (_, i) => 3 * i + 3),
  );
  await deploy("counter", {});
  assertEquals((await ask(`${url}/`)).json, { counters: { visits: 60 } });
  assertEquals((await ask(`${url}/visits?by=-60`, "POST")).json.value, 0);
  assertEquals((await ask(`${url}/visits?by=1e3`, "POST")).status, 400);
  assertEquals((await ask(`${url}/visits`, "DELETE")).status, 204);
  assertEquals((await ask(`${url}/visits`, "DELETE")).status, 404);
});

Deno.test("relay reaches the host that it is allowed and no other", async () => {
  const { upstream } = surroundings;
  const { url } = await deploy("relay", {
    env: { UPSTREAM: upstream },
    grants: { http: { allow: [upstream] }, env: ["UPSTREAM"] },
  });
  const answer = await ask(`${url}/upstream/now`);
  assertEquals([answer.status, answer.json.station], [200, "harbour"]);
  assertEquals(answer.headers.get("x-relayed-from"), `${upstream}/now`);

  const elsewhere = `${listening.origin}/healthz`;
  for (const target of [elsewhere, "http://169.254.169.254/", "http://localhost:1/", "file:///etc/passwd"]) {
    const refused = await ask(`${url}/fetch?url=${encodeURIComponent(target)}`);
    assert(refused.status === 403 || refused.status === 502, `${target}: ${refused.status}`);
    assert(!refused.text.includes("root:"));
  }
  assertEquals((await ask(`${url}/fetch?url=${encodeURIComponent(elsewhere)}`)).json.code, "denied");
  assertStringIncludes((await denials("relay")).join("\n"), '"http": {"allow": ["http://169.254.169.254"]}');
});
