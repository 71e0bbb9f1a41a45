/**
 * `deno task demo`: the whole of Berth in a minute. Starts a host, builds, packs and deploys the examples, and prints
 * what to try; with `--once` it makes the requests itself and ends, with 0 if every answer was right.
 */
import { dirname, join } from "@std/path";
import { fileURLToPath } from "node:url";
import { createHost, type Host, type Listening, serveHost } from "../../mod.ts";
import { Builder } from "../../runtime/build/build.ts";
import { type DeployRequest, DeviceClient, type ServiceSummary } from "../../runtime/cli/client.ts";
import { buildWithSteps } from "../../runtime/cli/commands/build.ts";
import { isPending } from "../../runtime/cli/commands/deploy.ts";
import { EXIT } from "../../runtime/cli/errors.ts";
import { type Io, processIo } from "../../runtime/cli/io.ts";
import { packProject } from "../../runtime/cli/pack.ts";
import { bytesText, durationText, Screen } from "../../runtime/cli/screen.ts";
import { logLine } from "../../runtime/cli/commands/logs.ts";
import { curlLine, demoCalls, makeCall } from "./calls.ts";
import { makeSurroundings, type Surroundings } from "./surroundings.ts";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
const PORT = 8083;
const STOP_GRACE_MS = 2_000;

/** A running demo. */
interface Demo {
  readonly screen: Screen;
  readonly client: DeviceClient;
  readonly surroundings: Surroundings;
  readonly services: ReadonlyMap<string, ServiceSummary>;
}

/** How each example is deployed: what the operator adds to its manifest. */
function plans({ logsFolder, upstream }: Surroundings): Record<string, DeployRequest> {
  return {
    "log-reader": { mounts: { "/logs": logsFolder } },
    counter: {},
    relay: { env: { UPSTREAM: upstream }, grants: { http: { allow: [upstream] }, env: ["UPSTREAM"] } },
  };
}

async function main(io: Io, once: boolean): Promise<number> {
  const startedMs = performance.now();
  const screen = new Screen(io, false);
  const c = screen.colours;
  // What is tried by hand stays; what is only shown leaves nothing behind.
  const folder = once ? await Deno.makeTempDir({ prefix: "berth-demo-" }) : join(ROOT, ".berth");
  try {
    screen.line(`\n${c.bold("Berth")}  WebAssembly microservices on this machine\n`);
    await using surroundings = await makeSurroundings(join(folder, "demo"));
    await using host = await createHost({ dataFolder: folder });
    const listening = listen(host, once ? 0 : PORT);
    try {
      screen.note(`${screen.noteColours.green("✔")} host at ${listening.origin}`);
      const key = (await Deno.readTextFile(join(folder, "api-key"))).trim();
      const client = new DeviceClient({ origin: listening.origin, key, clientId: undefined, local: true });
      const services = await untilCtrlC(io, deployAll(client, screen, plans(surroundings)));
      if (!services) {
        screen.quiet();
        return EXIT.interrupted;
      }
      screen.note(screen.noteColours.dim(`  ready after ${durationText(performance.now() - startedMs)}\n`));
      const demo = { screen, client, surroundings, services };
      return once ? await showAnswers(demo) : await invite(demo, io);
    } finally {
      // Together: an open stream ends with its service, and the server ends with its last stream.
      await Promise.all([listening.stop(STOP_GRACE_MS), host.close(STOP_GRACE_MS)]);
    }
  } finally {
    if (once) await Deno.remove(folder, { recursive: true });
  }
}

/** What the work gives, or `undefined` when Ctrl-C comes first. */
function untilCtrlC<T>(io: Io, work: Promise<T>): Promise<T | undefined> {
  const stopped = new Promise<undefined>((resolve) => {
    io.interrupted.addEventListener("abort", () => resolve(undefined), { once: true });
  });
  return Promise.race([work, stopped]);
}

function listen(host: Host, port: number): Listening {
  try {
    return serveHost(host, { hostname: "127.0.0.1", port });
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    return serveHost(host, { hostname: "127.0.0.1", port: 0 });
  }
}

/** Builds, packs and deploys each example over HTTP, as `berth deploy` does. */
async function deployAll(
  client: DeviceClient,
  screen: Screen,
  requests: Record<string, DeployRequest>,
): Promise<Map<string, ServiceSummary>> {
  using builder = new Builder();
  const services = new Map<string, ServiceSummary>();
  const c = screen.noteColours;
  for (const [name, request] of Object.entries(requests)) {
    const folder = join(ROOT, "examples", name);
    await buildWithSteps(builder, folder, screen, {});
    const step = screen.step(`deploying ${name}`);
    const { tar, fileName } = await packProject(folder);
    const service = await client.deploy(tar, { ...request, approved: true });
    if (isPending(service)) throw new Error(`${name} waits for an approval that was given`);
    services.set(name, service);
    step.done(`deployed ${c.bold(name)}  ${c.dim(`${fileName}, ${bytesText(tar.length)}`)}`);
  }
  return services;
}

/** `--once`: makes every call, then shows what the operator sees of the refusals. */
async function showAnswers({ screen, client, surroundings, services }: Demo): Promise<number> {
  let wrong = 0;
  for (const call of demoCalls(surroundings.upstream)) {
    const address = services.get(call.service)?.url ?? "";
    if (!await makeCall(call, address, screen)) wrong++;
  }
  screen.line("What the operator sees of the refused calls (berth logs relay):");
  for await (const entry of client.logs("relay", { tail: 10, follow: false })) {
    screen.line(`  ${logLine(entry, screen.colours)}`);
  }
  screen.line(wrong === 0 ? "\nAll answers were right." : `\n${wrong} answers were wrong.`);
  return wrong === 0 ? 0 : 1;
}

/** Says what can be tried, and waits for Ctrl-C. */
async function invite({ screen, surroundings, services }: Demo, io: Io): Promise<number> {
  const c = screen.colours;
  screen.line(c.bold("Try, in another terminal:"));
  for (const call of demoCalls(surroundings.upstream)) {
    screen.line(`\n  ${c.dim(`# ${call.what}`)}`);
    screen.line(`  ${c.cyan(curlLine(call, services.get(call.service)?.url ?? ""))}`);
  }
  screen.line(`\n  ${c.dim("# the command line, from this folder")}`);
  const berth = io.env("npm_command") === "exec" ? "npx -y deno@2.9.6 task berth" : "deno task berth";
  for (const line of ["ls", "logs -f relay", "inspect log-reader"]) {
    screen.line(`  ${c.cyan(`${berth} ${line}`)}`);
  }
  screen.line(`\nCtrl-C ends the demo. Its data lies in .berth.`);
  await new Promise<void>((resolve) =>
    io.interrupted.addEventListener("abort", () => resolve(), { once: true })
  );
  return 0;
}

if (import.meta.main) {
  const io = processIo();
  Deno.exit(await main(io, Deno.args.includes("--once")));
}
