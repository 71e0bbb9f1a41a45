import { assertEquals, assertStrictEquals } from "@std/assert";
import { CAPABILITIES } from "./grants.ts";
import { PLANS } from "./plans.ts";

Deno.test("the plan by which a worker is started is the one by which its deployment was judged", () => {
  assertEquals(Object.keys(PLANS), CAPABILITIES.map(({ name }) => name));
  for (const { name, plan } of CAPABILITIES) assertStrictEquals(PLANS[name], plan);
});
