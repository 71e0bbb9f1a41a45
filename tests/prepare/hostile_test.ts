/** Guests that never end are stopped from another thread, whatever they loop with. */
import { assertEquals } from "@std/assert";
import { hostileModules } from "./hostile.ts";
import { HostileRunner } from "./hostile_run.ts";

const TIMES = 5;
const LIMIT_MS = 5;

const modules = await hostileModules();

for (const [name, module] of modules) {
  Deno.test(`a guest that loops (${name}) is stopped every time, and known as stopped`, async () => {
    using runner = new HostileRunner();
    const { stopped, errors } = await runner.run(module, LIMIT_MS, TIMES);
    assertEquals({ stopped, errors }, { stopped: TIMES, errors: ["trap"] });
  });
}
