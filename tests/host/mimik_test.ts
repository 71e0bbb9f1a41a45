/** A service as mimik's tools make it, in their tar, through their API, called with plain curl. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { serveHost } from "../../mod.ts";
import { packMimikImage } from "../../runtime/unit/pack.ts";
import { buildCpp } from "../guests/build.ts";
import { testHost } from "./harness.ts";

const SOURCE = new URL("../guests/serverless/mimik/main.cpp", import.meta.url);

async function curl(...args: string[]): Promise<string> {
  const { stdout, stderr, success } = await new Deno.Command("curl", { args: ["-sS", ...args] }).output();
  assert(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

Deno.test("mimik's image deploys with curl and answers: clock, stdio, storage, late fetch, form upload, file", async () => {
  await using test = await testHost();
  const server = serveHost(test.host, { hostname: "127.0.0.1", port: 0 });
  const upstream = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    return new Response(`upstream saw ${request.headers.get("x-from")}`);
  });
  const tar = `${test.folder}/guest.tar`;
  await Deno.writeFile(
    tar,
    await packMimikImage({ name: "guest-v1", version: "1.0.0", module: await buildCpp(SOURCE) }),
  );

  const key = ["-H", `Authorization: Bearer ${test.key}`];
  const image = await curl(
    "-H",
    "Expect: 100-continue",
    ...key,
    "-F",
    `image=@${tar}`,
    `${server.origin}/mcm/v1/images`,
  );
  assertEquals(JSON.parse(image).id, "api-guest-v1");
  const create = {
    name: "guest-v1",
    image: "guest-v1",
    env: { "MCM.BASE_API_PATH": "/guest/v1", mode: "live" },
    capabilities: {
      http: { allow: [`http://127.0.0.1:${upstream.addr.port}`] },
      files: { private: "/data" },
    },
  };
  const made = await curl(
    ...key,
    "-H",
    "content-type: application/json",
    "-d",
    JSON.stringify(create),
    `${server.origin}/mcm/v1/containers`,
  );
  assertEquals(JSON.parse(made).env["MCM.BASE_API_PATH"], "/api/guest/v1", made);

  const at = (path: string) => `${server.origin}/api/guest/v1${path}`;
  const plain = JSON.parse(await curl(at("/?a=1")));
  assertEquals([plain.method, plain.apiRoot, plain.env], ["GET", "/api/guest/v1", "live"]);
  const seconds = Number(await curl(at("/time")));
  assert(Math.abs(seconds - Date.now() / 1000) < 5);
  const service = test.host.service("guest-v1", "api");
  assert(
    service.log.tail(50).some((line) => line.source === "stdout" && line.message === "asked for the time"),
  );
  assertEquals(await curl("-d", "vålue", at("/storage")), "vålue|first=vålue;second=tagged;|second|removed");
  assertEquals(
    await curl("-d", `http://127.0.0.1:${upstream.addr.port}/`, at("/fetch")),
    "200 upstream saw guest",
  );
  assertStringIncludes(await curl("-d", "http://127.0.0.1:1/", at("/fetch")), "not allowed");
  const file = `${test.folder}/upload.txt`;
  await Deno.writeTextFile(file, "line of text\n".repeat(10_000));
  const upload = await curl("-F", `doc=@${file}`, "-F", "skip=@" + file, "-F", "note=a value", at("/upload"));
  assertStringIncludes(upload, "stored /data/doc 130000;");
  assertStringIncludes(upload, "value note=a value;");
  assertEquals(await curl("-d", "doc", at("/file")), "line of text\n".repeat(10_000));
  assertEquals(
    [await curl(at("/count")), await curl(at("/count"))],
    ["1", "1"],
    "every request has a fresh instance",
  );
  assertMatch(await curl("-i", at("/silent")), /^HTTP\/1.1 502/);
  await upstream.shutdown();
  await server.stop(1000);
});
