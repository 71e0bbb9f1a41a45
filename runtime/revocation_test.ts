import { assert, assertEquals, assertThrows } from "@std/assert";
import { CAPABILITIES, type Grants } from "../capabilities/grants.ts";
import { authorityOf } from "./authority.ts";
import { BerthError } from "./error.ts";
import { revoke, revokeIfHeld } from "./revocation.ts";

/** Grants as a deployment completes them. */
function complete(asked: Grants): Grants {
  return Object.fromEntries(
    CAPABILITIES.filter(({ name }) => asked[name] !== undefined)
      .map(({ name, schema }) => [name, schema.parse(asked[name])]),
  );
}

const GRANTS = complete({
  files: {
    mounts: [{ guest: "/logs", host: "/var/log", access: "read" }, {
      guest: "/data",
      host: "/srv",
      access: "read-write",
    }],
    private: "/own",
    assets: "/assets",
  },
  clock: true,
  env: ["A", "B"],
  http: { allow: ["https://a.example", "https://b.example:443", "https://b.example", "http://10.0.0.5:80"] },
  storage: true,
  services: { allow: ["counter", "shop-*"] },
  websocket: { origins: ["https://app.example", "https://other.example"] },
});

const codeOf = (action: () => unknown) => (assertThrows(action, BerthError) as BerthError).code;

Deno.test("each line that can be taken back takes nothing else with it, and gives nothing new", () => {
  const lines = authorityOf(GRANTS);
  const whole: string[] = [];
  for (const { capability, allows } of lines) {
    let left: Grants;
    try {
      left = revoke(GRANTS, { capability, allows });
    } catch (error) {
      assertEquals((error as BerthError).code, "grant-not-divisible");
      whole.push(capability);
      continue;
    }
    const kept = lines.filter((line) => line.capability !== capability || line.allows !== allows);
    assertEquals(authorityOf(left), kept, allows);
  }
  assertEquals(whole, []);
  assertEquals(lines.length, 15, "files 4, clock 2, env 1, http 4, storage 1, services 2, websocket 1");
});

Deno.test("the same line twice is taken back twice; the last line takes the capability along", () => {
  const line = "calls b.example, port 443, encrypted";
  const left = revoke(GRANTS, { capability: "http", allows: line });
  assertEquals((left.http as { allow: string[] }).allow, ["https://a.example", "http://10.0.0.5:80"]);
  const one = complete({ services: { allow: ["counter"] }, clock: true });
  const none = revoke(one, { capability: "services", allows: "calls the service counter on this device" });
  assertEquals(Object.keys(none), ["clock"]);
});

Deno.test("a whole capability goes; what is not held, or not so, is refused", () => {
  assert(!("http" in revoke(GRANTS, { capability: "http" })));
  assertEquals(codeOf(() => revoke(GRANTS, { capability: "random" })), "grant-not-held");
  assertEquals(codeOf(() => revoke(GRANTS, { capability: "http", allows: "calls" })), "grant-not-held");
  assertEquals(revokeIfHeld(GRANTS, { capability: "random" }), GRANTS);
});

Deno.test("what would allow more by being less is no way out", () => {
  // Without its list of origins, `websocket` would be open to every page.
  const only = complete({ websocket: { origins: ["https://app.example"] }, clock: { wall: true } });
  const [line] = authorityOf({ websocket: only.websocket });
  const left = revoke(only, { capability: "websocket", allows: line?.allows ?? "" });
  assertEquals(Object.keys(left), ["clock"]);
});
