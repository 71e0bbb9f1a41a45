/**
 * A host on a disk that turns read-only while it runs, as a worn card does: services answer, changes are refused with
 * their reason, a guest's write is an error to the guest, and all works again when the disk does. By hand:
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
  // A lazy one would wait for open files: this one turns the file system itself.
  const { success, stderr } = await new Deno.Command("mount", { args: ["-o", `remount,${how}`, disk] })
    .output();
  assert(success, new TextDecoder().decode(stderr));
}

await using host = await HostProcess.start(folder);
const deploy = async (name: string, module: Uint8Array) =>
  await host.deploy(await pack(name, module, { capabilities: { storage: true } }));
assertEquals((await deploy("plain", handler({ answer: "plain" }))).status, 201);
assertEquals((await deploy("keeper", keeper("kept"))).status, 201);
assertEquals((await host.call("/api/keeper/x")).status, 200);

await remount("ro").catch(async (error) => {
  console.log(
    `the disk is busy with open files (${String(error).trim()}): forced as the kernel does on an error`,
  );
  await remount("ro");
});
for (let i = 0; i < 20; i++) assertEquals((await host.call("/api/plain")).text, "plain");
const refused = await deploy("late", handler());
console.log("a deployment on a read-only disk:", refused.status, refused.text);
assertEquals(refused.status >= 500 && refused.text.includes("store-unwritable"), true, refused.text);
const write = await host.call("/api/keeper/x");
console.log("a guest that stores:", write.status, write.text.slice(0, 200));
assertEquals((await host.call("/healthz")).status, 200);

await remount("rw");
assertEquals((await host.call("/api/keeper/x")).status, 200);
assertEquals((await deploy("late", handler({ answer: "late" }))).status, 201);
assertEquals((await host.call("/api/late")).text, "late");
console.log("written to again, everything works");
