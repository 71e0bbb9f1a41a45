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

Deno.test("env: of the secrets the guest gets those that are named, and no configuration with them", () => {
  const secrets = { TOKEN: "t", OTHER: "o" };
  const opened = openEnv({ secrets: ["TOKEN", "MISSING"] }, { config, secrets });
  assertEquals([opened.entries, opened.secrets], [[], [["TOKEN", "t"]]]);
  const both = openEnv({ config: ["LEVEL"], secrets: ["OTHER"] }, { config, secrets });
  assertEquals([both.entries, both.secrets], [[["LEVEL", "info"]], [["OTHER", "o"]]]);
  for (const grant of [true, ["TOKEN", "LEVEL"]] as const) {
    assertEquals(openEnv(grant, { config, secrets }).secrets, undefined);
  }
});

Deno.test("env: every secret is a line of its own, which is always asked for", () => {
  const grant = { config: true as const, secrets: ["A", "B"] };
  assertEquals(envCapability.describe(grant), [
    "reads the whole configuration of its deployment",
    "reads its secret A",
    "reads its secret B",
  ]);
  assertEquals(envCapability.alwaysAsked?.(grant), ["reads its secret A", "reads its secret B"]);
  assertEquals(envCapability.alwaysAsked?.(true), []);
  assertEquals(envCapability.schema.safeParse({}).success, false);
  for (const secrets of [[], [""], ["a b"], ["A=B"], ["../x"], true]) {
    assertEquals(envCapability.schema.safeParse({ secrets }).success, false);
  }
});
