import { assert } from "@std/assert";
import { crashRounds } from "./crash.ts";

Deno.test("kill -9 under load and deploys: no acknowledged deployment, grant, key or stored value is lost", async () => {
  const { acknowledged } = await crashRounds(2);
  // Killed after a random time: on a slow machine that may be before the first deploy, not before everything.
  const all = Object.values(acknowledged).reduce((sum, count) => sum + count, 0);
  assert(all > 0, `nothing was acknowledged in two rounds: ${JSON.stringify(acknowledged)}`);
});
