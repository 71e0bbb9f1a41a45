import { assert, assertEquals } from "@std/assert";
import { NO_PERMISSIONS, type ServicePlace } from "../capability.ts";
import { webSocketCapability } from "./grant.ts";

const parse = (grant: unknown) => webSocketCapability.schema.safeParse(grant);

Deno.test("a grant is true, or names the origins of pages", () => {
  assertEquals(parse(true).data, {});
  assertEquals(parse({}).data, {});
  const origins = ["https://app.example.com", "http://localhost:5173"];
  assertEquals(parse({ origins }).data, { origins });
  assert(parse(parse({ origins }).data).success, "a stored grant is a grant");
  const wrong: unknown[] = [false, "yes", { origins: [] }, { origins: ["*"] }, {
    origins: ["app.example.com"],
  }];
  wrong.push({ origins: ["https://a/"] }, { origins: ["https://a?x"] }, { origins: ["https://u@a"] }, {
    other: 1,
  });
  for (const grant of wrong) assertEquals(parse(grant).success, false, JSON.stringify(grant));
});

Deno.test("it says what it allows, and needs no permission", () => {
  assertEquals(webSocketCapability.describe({}), [
    "accepts WebSocket connections at its address, from any page",
  ]);
  assertEquals(webSocketCapability.describe({ origins: ["https://a.example"] }), [
    "accepts WebSocket connections at its address, of pages only from https://a.example",
  ]);
  assertEquals(webSocketCapability.plan({}, {} as ServicePlace), NO_PERMISSIONS);
});
