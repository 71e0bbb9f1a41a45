/**
 * Two machines on one network, made of network namespaces: `deno run -A tests/discovery/namespaces_task.ts`, as root
 * with iproute2. Each runs `berth serve`; `berth devices` and the two routes of mimOE must show the other. Then the
 * network between them goes and another comes, which has IPv6 only: they find each other there without a new start.
 */
import { assertEquals } from "@std/assert";
import { dirname, join } from "@std/path";
import { fileURLToPath } from "node:url";

const CLI = join(dirname(fileURLToPath(import.meta.url)), "../../cli.ts");
const BERTH = [Deno.execPath(), "run", "-A", "--unstable-worker-options", CLI];
const MACHINES = [["berth-a", "10.83.0.1"], ["berth-b", "10.83.0.2"]] as const;

async function run(...words: readonly string[]): Promise<string> {
  const [program = "", ...args] = words;
  const { success, stdout, stderr } = await new Deno.Command(program, { args }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`${words.join(" ")}: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}

/** A pair of network devices, one in each machine; both down. */
async function connect(one: string, other: string): Promise<void> {
  await run(
    "ip",
    "link",
    "add",
    one,
    "netns",
    "berth-a",
    "type",
    "veth",
    "peer",
    "name",
    other,
    "netns",
    "berth-b",
  );
}

async function makeNetwork(): Promise<void> {
  for (const [name] of MACHINES) await run("ip", "netns", "add", name);
  await connect("veth-a", "veth-b");
  for (const [name, address] of MACHINES) {
    const device = name.replace("berth", "veth");
    await run("ip", "-n", name, "addr", "add", `${address}/24`, "dev", device);
    await run("ip", "-n", name, "link", "set", "lo", "up");
    await run("ip", "-n", name, "link", "set", device, "up");
  }
}

/** Another network in the place of the first: IPv6, with addresses of its own. */
async function changeNetwork(): Promise<void> {
  await connect("six-a", "six-b");
  for (const [at, [name]] of MACHINES.entries()) {
    const device = name.replace("berth", "six");
    await run("ip", "-n", name, "addr", "add", `fd83::${at + 1}/64`, "dev", device, "nodad");
    await run("ip", "-n", name, "link", "set", device, "up");
  }
  await run("ip", "-n", "berth-a", "link", "del", "veth-a");
}

/** Starts a host in a namespace; gives what it printed. */
async function serve(name: string, folder: string) {
  const child = new Deno.Command("ip", {
    args: [
      "netns",
      "exec",
      name,
      ...BERTH,
      "serve",
      "--host",
      "::",
      "--data",
      join(folder, name),
      "--json",
    ],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  const { port }: { port: number } = JSON.parse(new TextDecoder().decode(value));
  assertEquals(port, 8083);
  return { child, reader };
}

const folder = await Deno.makeTempDir({ prefix: "berth-namespaces-" });
const hosts: Awaited<ReturnType<typeof serve>>[] = [];
try {
  await makeNetwork();
  for (const [name] of MACHINES) hosts.push(await serve(name, folder));
  const [[here], [, there]] = MACHINES;
  const devices = JSON.parse(await run("ip", "netns", "exec", here, ...BERTH, "devices", "--json")).devices;
  console.log("berth devices in the first:", devices);
  // A listener of its own hears both: the host of its own machine, and the other.
  assertEquals(
    devices.map(({ origin }: { origin: string }) => origin).sort(),
    MACHINES.map(([, address]) => `http://${address}:8083`),
  );
  for (const path of ["/mds/v1/nodes?clusters=linkLocal", "/mimik-mesh/insight/v1/nodes?type=linkLocal"]) {
    const fetched = `console.log(await (await fetch("http://127.0.0.1:8083${path}")).text())`;
    const { data } = JSON.parse(await run("ip", "netns", "exec", here, Deno.execPath(), "eval", fetched));
    const others = data.filter(({ thisNode }: { thisNode?: boolean }) => !thisNode);
    console.log(path, JSON.stringify(others));
    assertEquals(others.map(({ addresses }: { addresses: unknown }) => addresses), [
      [{ type: "local", url: { href: `http://${there}:8083` } }],
    ]);
  }
  await changeNetwork();
  const other = "http://[fd83::2]:8083";
  for (let tries = 0;; tries++) {
    const found = JSON.parse(await run("ip", "netns", "exec", here, ...BERTH, "devices", "--json")).devices;
    const origins = found.map(({ origin }: { origin: string }) => origin);
    console.log("after the change of networks:", origins);
    if (origins.includes(other)) break;
    if (tries === 10) throw new Error(`${other} is not found`);
  }
  assertEquals(
    await run(
      "ip",
      "netns",
      "exec",
      here,
      Deno.execPath(),
      "eval",
      `console.log((await fetch("${other}/healthz")).status)`,
    ),
    "200\n",
  );
  hosts[1]?.child.kill("SIGTERM");
  await hosts[1]?.child.status;
  const left = JSON.parse(await run("ip", "netns", "exec", here, ...BERTH, "devices", "--json")).devices;
  assertEquals(left.length, 1);
  console.log("the second said goodbye; 1 left");
} finally {
  for (const { child, reader } of hosts) {
    await reader.cancel();
    try {
      child.kill("SIGTERM");
    } catch {
      // It has ended.
    }
    await child.status;
  }
  for (const [name] of MACHINES) await run("ip", "netns", "del", name).catch(() => {});
  await Deno.remove(folder, { recursive: true });
}
