import { assert, assertEquals } from "@std/assert";
import { handler } from "../guests/wat.ts";
import { pack, until } from "./harness.ts";

const HOST = new URL("./host_process.ts", import.meta.url).pathname;

/** A host in a process of its own, to be killed. */
class HostProcess {
  private constructor(readonly child: Deno.ChildProcess, readonly origin: string, readonly key: string) {}

  static async start(folder: string): Promise<HostProcess> {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--unstable-worker-options", "--no-check", HOST, folder],
      stdout: "piped",
    }).spawn();
    const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!text.includes("\n")) {
      const { value, done } = await reader.read();
      assert(!done, "the host ended before it listened");
      text += value;
    }
    await reader.cancel();
    return new HostProcess(child, text.trim(), (await Deno.readTextFile(`${folder}/api-key`)).trim());
  }

  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.child.status;
  }

  async deploy(name: string, module: Uint8Array): Promise<number> {
    const body = new FormData();
    body.set("image", new Blob([await pack(name, module, { capabilities: { storage: true } })]), "x.tar");
    const headers = { authorization: `Bearer ${this.key}` };
    const answer = await fetch(`${this.origin}/berth/v1/deployments`, { method: "POST", body, headers });
    await answer.body?.cancel();
    return answer.status;
  }
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
    assertEquals(await host.deploy(first, handler({ answer: `I am ${first}` })), 201);
    acknowledged.add(first);
    // Killed while the second deploy is under way, at another moment each time.
    const pending = host.deploy(second, handler({ answer: `I am ${second}` })).then(
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
