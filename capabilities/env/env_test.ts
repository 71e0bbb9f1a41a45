import { assertEquals } from "@std/assert";
import { envCapability } from "./grant.ts";
import { openEnv } from "./open.ts";

const config = { LEVEL: "info", SECRET: "s3", "MCM.BASE_API_PATH": "/x" };

Deno.test("env: true gives the whole configuration", () => {
  assertEquals(openEnv(true, { config }).entries, Object.entries(config));
});

Deno.test("env: a list gives the named keys and no other", () => {
  assertEquals(openEnv(["LEVEL", "MISSING"], { config }).entries, [["LEVEL", "info"]]);
});

Deno.test("env: an inherited name of JavaScript objects is not a key", () => {
  assertEquals(openEnv(["constructor", "__proto__"], { config }).entries, []);
});

Deno.test("env: what cannot be told apart in name=value form is left out", () => {
  assertEquals(openEnv(true, { config: { "A=B": "c", "": "d", X: "a\0b", Y: "" } }).entries, [["Y", ""]]);
});

Deno.test("env: anything but true or names is refused", () => {
  for (const value of [false, [], ["A=B"], ["A\0"], [""], { keys: ["A"] }]) {
    assertEquals(envCapability.schema.safeParse(value).success, false);
  }
  assertEquals(envCapability.describe(["A", "B"])[0]?.includes("A, B"), true);
});
