import { assertEquals } from "@std/assert";
import { handler } from "../guests/wat.ts";
import { HostProcess } from "../operate/host_process.ts";
import { pack, until } from "./harness.ts";

/** Deploys a service; gives the answer's status. */
async function deploy(host: HostProcess, name: string, module: Uint8Array): Promise<number> {
  const { status } = await host.deploy(await pack(name, module, { capabilities: { storage: true } }));
  return status;
}

Deno.test("kill -9 loses nothing that was acknowledged: after a restart everything answers", async () => {
  const folder = await Deno.makeTempDir({ prefix: "berth-test-" });
  const acknowledged = new Set<string>();
  for (let round = 0; round < 4; round++) {
    const host = await HostProcess.start(folder);
    for (const name of acknowledged) {
      const answer = await fetch(`${host.origin}/api/${name}`);
      assertEquals([name, answer.status, await answer.text()], [name, 200, `I am ${name}`]);
    }
    const [first, second] = [`svc-${round}-a`, `svc-${round}-b`];
    assertEquals(await deploy(host, first, handler({ answer: `I am ${first}` })), 201);
    acknowledged.add(first);
    // Killed while the second deploy is under way, at another moment each time.
    const pending = deploy(host, second, handler({ answer: `I am ${second}` })).then(
      (status) => status === 201 && acknowledged.add(second),
      () => {},
    );
    await new Promise((resolve) => setTimeout(resolve, round * 15));
    await host.kill();
    await pending;
  }
  const host = await HostProcess.start(folder);
  for (const name of acknowledged) {
    await until(
      name,
      async () => (await (await fetch(`${host.origin}/api/${name}`)).text()) === `I am ${name}`,
    );
  }
  await host.kill();
  await Deno.remove(folder, { recursive: true });
});
