/**
 * A host on a disk that is full, killed and started again: what was acknowledged answers, and something can always
 * be removed. Run by hand, with a small file system of its own:
 *
 *     unshare -rm sh -c 'mount -t tmpfs -o size=3m tmpfs /mnt && deno run -A tests/operate/disk_full_task.ts /mnt'
 */
import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { handler } from "../guests/wat.ts";
import { pack } from "../host/harness.ts";
import { HostProcess } from "./host_process.ts";

const ROUNDS = 3;
const DEPLOYS = 200;
const REFUSALS = 4;

const folder = join(Deno.args[0] ?? "", "data");
const acknowledged: string[] = [];

async function answers(host: HostProcess): Promise<void> {
  for (const name of acknowledged) {
    const { status, text } = await host.call(`/api/${name}`);
    assertEquals([name, status, text], [name, 200, name]);
  }
}

for (let round = 0; round < ROUNDS; round++) {
  await using host = await HostProcess.start(folder);
  await answers(host);
  let refused = 0;
  for (let n = 0; n < DEPLOYS && refused < REFUSALS; n++) {
    const name = `svc-${round}-${n}`;
    const { status, text } = await host.deploy(await pack(name, handler({ answer: name })));
    if (status === 201) acknowledged.push(name);
    else assertEquals([++refused > 0, status], [true, 507], text);
  }
  const gone = acknowledged.shift() ?? "";
  assertEquals((await host.call(`/berth/v1/services/${gone}`, { method: "DELETE" })).status, 200);
  assertEquals((await host.call("/healthz")).status, 200);
  console.log(`round ${round}: ${acknowledged.length} services, ${refused} deploys refused, one removed`);
}
await using host = await HostProcess.start(folder);
await answers(host);
console.log(`after ${ROUNDS} kills all ${acknowledged.length} answer`);
