import { assertEquals, assertLess } from "@std/assert";
import { soak } from "./soak.ts";

Deno.test({
  name: "a short soak: twenty services, mixed load, deploys and failures; every answer is the right one",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const looks = await soak(3, 3, () => {});
    assertEquals(looks.length, 3);
    const [first, last] = [looks[0], looks.at(-1)];
    // Replaced versions must go: a thread and its descriptors for each deploy would show.
    assertLess((last?.threads ?? 0) - (first?.threads ?? 0), 8);
  },
});
