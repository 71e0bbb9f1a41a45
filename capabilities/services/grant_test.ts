import { assert, assertEquals } from "@std/assert";
import { NO_PERMISSIONS, type ServicePlace } from "../capability.ts";
import { servicesCapability } from "./grant.ts";
import { allowsService } from "./services.ts";

const parse = (grant: unknown) => servicesCapability.schema.safeParse(grant);

Deno.test("a grant names services, or beginnings of names", () => {
  for (
    const allow of [
      ["counter"],
      ["shop-*"],
      ["a.b_c-1", "x*"],
      Array.from({ length: 256 }, (_, i) => `s${i}`),
    ]
  ) {
    assert(parse({ allow }).success, JSON.stringify(allow).slice(0, 80));
  }
  const wrong: unknown[] = [true, {}, [], { allow: "a" }, { allow: [] }, { allow: ["*"] }, { allow: ["-a"] }];
  wrong.push({ allow: ["a*b"] }, { allow: ["a/b"] }, { allow: ["a b"] }, { allow: ["a".repeat(130)] }, {
    allow: ["ü"],
  });
  wrong.push({ allow: ["a"], other: 1 }, { allow: Array.from({ length: 257 }, (_, i) => `s${i}`) });
  for (const grant of wrong) assertEquals(parse(grant).success, false, JSON.stringify(grant).slice(0, 80));
});

Deno.test("it says what it allows, a line each, and needs no permission", () => {
  const grant = { allow: ["counter", "shop-*"] };
  assertEquals(servicesCapability.describe(grant), [
    "calls the service counter on this device",
    "calls every service on this device whose name begins with shop-",
  ]);
  assertEquals(servicesCapability.plan(grant, {} as ServicePlace), NO_PERMISSIONS);
});

Deno.test("a name is allowed exactly, or by its beginning where there is an asterisk", () => {
  const grant = { allow: ["counter", "shop-*"] };
  const allowed = ["counter", "shop-", "shop-1", "shop-a*"];
  const not = ["count", "counter2", "Counter", "shop", "xshop-1", "", "*", "counter*"];
  assertEquals(allowed.filter((name) => !allowsService(grant, name)), []);
  assertEquals(not.filter((name) => allowsService(grant, name)), []);
});
