/**
 * A data folder on a disk that came back read-only, as a worn card does after a reset: the host says so and ends, nothing
 * is harmed, and all is there when the disk can be written to again. While files are open the kernel turns no disk read-only by
 * request; then each write fails, as on a full one (`disk_full_task.ts`). By hand:
 *
 *     unshare -rm sh -c 'mount -t tmpfs -o size=64m tmpfs /mnt && deno run -A tests/operate/disk_readonly_task.ts /mnt'
 */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { handler } from "../guests/wat.ts";
import { pack } from "../host/harness.ts";
import { HostProcess } from "./host_process.ts";
import { keeper } from "./keeper.ts";

const disk = Deno.args[0] ?? "";
const folder = join(disk, "data");

async function remount(how: "ro" | "rw"): Promise<void> {
  const { success, stderr } = await new Deno.Command("mount", { args: ["-o", `remount,${how}`, disk] })
    .output();
  assert(success, new TextDecoder().decode(stderr));
}

{
  await using host = await HostProcess.start(folder);
  const deploy = async (name: string, module: Uint8Array) =>
    await host.deploy(await pack(name, module, { capabilities: { storage: true } }));
  assertEquals((await deploy("plain", handler({ answer: "plain" }))).status, 201);
  assertEquals((await deploy("keeper", keeper("kept"))).status, 201);
  assertEquals((await host.call("/api/keeper/x")).status, 200);
} // killed: its log of changes is not put away

await remount("ro");
const berth = new URL("../../runtime/cli/main.ts", import.meta.url);
const code = `import { main } from ${JSON.stringify(berth.href)};
  import { processIo } from ${JSON.stringify(new URL("./io.ts", berth).href)};
  Deno.exit(await main(["serve", "--port", "0", "--data", ${JSON.stringify(folder)}], processIo()));`;
const serve = await new Deno.Command(Deno.execPath(), {
  args: ["eval", "--unstable-worker-options", code],
}).output();
const said = new TextDecoder().decode(serve.stderr);
console.log(`berth serve on a read-only disk ends with ${serve.code}:\n${said}`);
assertEquals(serve.code, 1);
assert(said.includes("cannot be written") || said.includes("read-only"), said);

await remount("rw");
await using host = await HostProcess.start(folder);
assertEquals((await host.call("/api/plain")).text, "plain");
assertEquals((await host.call("/api/keeper/x")).status, 200);
console.log("written to again, everything is there");
