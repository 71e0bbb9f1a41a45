/** wasmtime serve, Spin and jco, which take components: guests as ours in another shape, built when first used. */
import { onPath } from "../load/choose.ts";
import { type ServerProcess, startServer } from "../measure/process.ts";
import { plainPaths } from "../subjects/bare.ts";
import type { RunSetting, ServerPool, Subject, Work } from "../subjects/subject.ts";
import { COMPONENT_WORKS, componentCore } from "./component/guest.ts";
import { BUILD_SCRIPT, JCO_SERVER_SCRIPT } from "./component/scripts.ts";

/** Fetched from npm at the time of the benchmark, never part of the project. */
const TOOLS = { "@bytecodealliance/jco-transpile": "0.15.0", "@bytecodealliance/preview2-shim": "0.26.1" };

const START_MAX_MS = 30_000;

/** The folder with the tools and our scripts for them, made once. */
export async function fetchComponentTools({ cacheFolder }: RunSetting): Promise<string> {
  if (!await onPath("node")) {
    throw new Error("their guests are built by tools for Node, and node is not on PATH");
  }
  const folder = `${cacheFolder}/component-${TOOLS["@bytecodealliance/jco-transpile"]}`;
  if (!await Deno.stat(`${folder}/node_modules`).then(() => true, () => false)) {
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(
      `${folder}/package.json`,
      JSON.stringify({ type: "module", dependencies: TOOLS }),
    );
    // npm itself: Deno refuses a package some of whose optional parts for other platforms are missing.
    await run("npm", ["install", "--silent", "--no-audit", "--no-fund"], folder);
  }
  await Deno.writeTextFile(`${folder}/build.mjs`, BUILD_SCRIPT);
  await Deno.writeTextFile(`${folder}/jco_server.mjs`, JCO_SERVER_SCRIPT);
  await Deno.copyFile(new URL("./component/proxy.wit", import.meta.url), `${folder}/proxy.wit`);
  return folder;
}

async function run(command: string, args: readonly string[], cwd: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, { args: [...args], cwd }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr).trim().split("\n")[0]);
}

/** Builds the component of a work in the run's folder; gives its folder, with `guest.wasm` and `js/guest.js`. */
async function build(tools: string, work: Work, setting: RunSetting): Promise<string> {
  const folder = await Deno.makeTempDir({ dir: setting.folder, prefix: "component-" });
  await Deno.writeFile(`${folder}/core.wasm`, componentCore(work, setting));
  // The JavaScript's own imports are found from where the tools lie.
  const js = `${tools}/js-${work}`;
  await run("node", ["build.mjs", `${folder}/core.wasm`, "proxy.wit", `${folder}/guest.wasm`, js], tools);
  return folder;
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Starts a program that tells nothing we read, and waits until it answers. */
async function startSilent(command: string, args: readonly string[], port: number): Promise<ServerProcess> {
  const origin = `http://127.0.0.1:${port}`;
  const script = 'echo "{}"; exec "$0" "$@" >/dev/null'; // the line that is waited for, then the program itself
  const server = await startServer("sh", ["-c", script, command, ...args], () => origin);
  for (const endsMs = performance.now() + START_MAX_MS;;) {
    const answer = await fetch(origin).catch(() => null);
    await answer?.body?.cancel();
    // Clients that leave at the end of a round are no news.
    if (answer?.ok) return { ...server, complaints: () => [] };
    if (performance.now() > endsMs) {
      await server[Symbol.asyncDispose]();
      throw new Error(`${command} did not answer: ${server.complaints().slice(-3).join(" ")}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function subject(
  name: string,
  tools: string,
  start: (folder: string, port: number, work: Work) => Promise<ServerProcess>,
): Subject {
  return {
    name,
    async start(work: Work, setting: RunSetting, servers: ServerPool) {
      if (!COMPONENT_WORKS.includes(work)) return null;
      const server = await servers.get(name, async () => {
        return start(await build(tools, work, setting), freePort(), work);
      });
      return { server, paths: plainPaths(work), anyThread: true };
    },
  };
}

/** wasmtime serve as it is, and with its allocator for many instances: a new instance for each request. */
export async function wasmtimeSubjects(setting: RunSetting): Promise<Subject[]> {
  if (!await onPath("wasmtime")) throw new Error("not on PATH (cargo install wasmtime-cli)");
  const tools = await fetchComponentTools(setting);
  const make = (name: string, options: readonly string[]) =>
    subject(name, tools, (folder, port) => {
      const args = ["serve", ...options, "--addr", `127.0.0.1:${port}`, `${folder}/guest.wasm`];
      return startSilent("wasmtime", args, port);
    });
  return [make("wasmtime fresh", []), make("wasmtime pooled", ["-O", "pooling-allocator=y"])];
}

const SPIN_MANIFEST = `spin_manifest_version = 2
[application]
name = "bench"
version = "1.0.0"
[[trigger.http]]
route = "/..."
component = "guest"
[component.guest]
source = "guest.wasm"
`;

/** Spin: a new instance for each request. */
export async function spinSubjects(setting: RunSetting): Promise<Subject[]> {
  if (!await onPath("spin")) throw new Error("not on PATH");
  const tools = await fetchComponentTools(setting);
  return [subject("spin", tools, async (folder, port) => {
    await Deno.writeTextFile(`${folder}/spin.toml`, SPIN_MANIFEST);
    const args = ["up", "--from", `${folder}/spin.toml`, "--listen", `127.0.0.1:${port}`];
    return startSilent("spin", args, port);
  })];
}

/** jco under Node: one instance for all requests. */
export async function jcoSubjects(setting: RunSetting): Promise<Subject[]> {
  const tools = await fetchComponentTools(setting);
  return [subject("jco shared", tools, (_folder, port, work) => {
    const guest = `${tools}/js-${work}/guest.js`;
    return startServer("node", [`${tools}/jco_server.mjs`, guest, String(port)]);
  })];
}
