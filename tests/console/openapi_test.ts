/** The document of the management API: valid, in step with the routes, and true of real replies. */
import { Validator } from "@seriousme/openapi-schema-validator";
import { assert, assertEquals } from "@std/assert";
import type { z } from "zod";
import { openApiDocument } from "../../runtime/server/openapi/document.ts";
import { OPERATIONS } from "../../runtime/server/openapi/operations.ts";
import * as replies from "../../runtime/server/openapi/replies.ts";
import { packImage } from "../../runtime/unit/pack.ts";
import { handler } from "../guests/wat.ts";
import { testHost } from "../host/harness.ts";

const DOCUMENT = { openapi: "3.1.0", info: { title: "Hello", version: "1" }, paths: {} };

/** A service that brings a document. */
function documented(): Promise<Uint8Array<ArrayBuffer>> {
  const manifest = {
    berth: 1,
    name: "hello",
    version: "1.0.0",
    module: "service.wasm",
    path: "/hello",
    openapi: "openapi.json",
    capabilities: { stdio: true, storage: true },
  };
  return packImage({
    manifest: JSON.stringify(manifest),
    module: { path: "service.wasm", bytes: handler() },
    assets: [{ path: "openapi.json", bytes: new TextEncoder().encode(JSON.stringify(DOCUMENT)) }],
  });
}

Deno.test("the document is valid OpenAPI 3.1, and so is every schema in it", async () => {
  const { valid, errors } = await new Validator().validate(openApiDocument());
  assert(valid, JSON.stringify(errors, null, 2));
  const ids = OPERATIONS.map(({ method, path }) => `${method} ${path}`);
  assertEquals(new Set(ids).size, ids.length);
});

Deno.test("every reference of the document points to something in it", () => {
  const document = openApiDocument();
  const text = JSON.stringify(document);
  const schemas = (document.components as { schemas: Record<string, unknown> }).schemas;
  const names = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref ?? "");
  assert(names.length > 20);
  for (const ref of names) {
    assert(ref.startsWith("#/components/schemas/"), ref);
    assert(Object.hasOwn(schemas, ref.slice("#/components/schemas/".length)), ref);
  }
});

Deno.test("every route of the host is in the document, and the reverse", async () => {
  await using test = await testHost();
  const apps = [await test.host.app(), (await test.host.manage()).app];
  const routes = apps.flatMap((app) => app.routes)
    .filter(({ method, path }) => method !== "ALL" && !path.startsWith("/console"))
    .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, "{$1}").replace(/(.)\/$/, "$1")}`);
  const operations = OPERATIONS.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
  assertEquals([...new Set(routes)].sort(), [...operations].sort());
});

Deno.test("real replies are what the document says", async () => {
  await using test = await testHost();
  const form = new FormData();
  form.set("image", new Blob([await documented()]), "image.tar");
  const deployed = await test.manage("/berth/v1/deployments", { method: "POST", body: form });
  assertEquals(deployed.status, 201);
  await fits(replies.serviceSummary, deployed);
  await (await test.call("/api/hello")).text();
  const expected: [string, z.ZodType][] = [
    ["/berth/v1/services", replies.serviceList],
    ["/berth/v1/services/hello", replies.serviceDetails],
    ["/berth/v1/services/hello/grants", replies.grantList],
    ["/berth/v1/services/hello/history", replies.history],
    ["/berth/v1/approvals", replies.approvalList],
    ["/berth/v1/host", replies.hostDescription],
    ["/berth/v1/limits", replies.limitList],
    ["/mcm/v1/images", replies.mimoeImages],
    ["/mcm/v1/mims", replies.mimoeContainers],
    ["/mcm/v1/containers/api-hello", replies.mimoeContainer],
    ["/healthz", replies.health],
    ["/readyz", replies.readiness],
    ["/.well-known/berth", replies.wellKnown],
  ];
  for (const [path, schema] of expected) await fits(schema, await test.manage(path));
  await fits(replies.problem, await test.manage("/berth/v1/services/nobody"), 404);
  await fits(replies.mimoeError, await test.manage("/mcm/v1/mims/nobody"), 404);
  const call = { jsonrpc: "2.0", id: 1, method: "getMe" };
  await fits(
    replies.rpcAnswer,
    await test.manage("/jsonrpc/v1", { method: "POST", body: JSON.stringify(call) }),
  );
  const log = await (await test.manage("/berth/v1/services/hello/logs")).text();
  for (const line of log.trim().split("\n")) replies.logEntry.parse(JSON.parse(line));
});

async function fits(schema: z.ZodType, response: Response, status?: number): Promise<void> {
  const body = await response.json();
  const parsed = schema.safeParse(body);
  assert(parsed.success, `${response.url} ${JSON.stringify(body)}: ${parsed.error}`);
  if (status !== undefined) assertEquals(response.status, status);
}

Deno.test("a service's document is served as it was packed and listed with the device's services", async () => {
  await using test = await testHost();
  await test.host.deploy(await documented(), { clientId: "api", approved: true });
  await test.deploy("plain", handler());
  const listed = replies.wellKnown.parse(await (await test.manage("/.well-known/berth")).json());
  assertEquals(
    listed.services.map(({ name, openapi }) => [name, openapi]).sort(),
    [["hello", "/berth/v1/services/api-hello/openapi.json"], ["plain", null]],
  );
  assertEquals(await (await test.manage("/berth/v1/services/api-hello/openapi.json")).json(), DOCUMENT);
  const missing = await test.manage("/berth/v1/services/plain/openapi.json");
  assertEquals([missing.status, (await missing.json()).code], [404, "openapi-missing"]);
  assertEquals((await test.call("/berth/v1/openapi.json")).status >= 401, true);
  const own = await (await test.manage("/berth/v1/openapi.json")).json();
  assertEquals(own, JSON.parse(JSON.stringify(openApiDocument())));
});
