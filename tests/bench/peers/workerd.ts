/** workerd, with the very modules that Berth runs, behind a small worker script of ours. */
import { handWritten } from "../subjects/berth.ts";
import { plainPaths } from "../subjects/bare.ts";
import type { Running, RunSetting, ServerPool, Subject, Work } from "../subjects/subject.ts";
import { startServer } from "../measure/process.ts";

/** Fetched from npm at the time of the benchmark, never part of the project. */
const VERSION = "1.20261117.1";

const PACKAGES: Readonly<Record<string, string>> = {
  "linux-x86_64": "workerd-linux-64",
  "linux-aarch64": "workerd-linux-arm64",
  "darwin-x86_64": "workerd-darwin-64",
  "darwin-aarch64": "workerd-darwin-arm64",
};

/** The path of the program, fetched into the cache folder if it is not there; throws when it cannot be had. */
export async function fetchWorkerd({ cacheFolder }: RunSetting): Promise<string> {
  const name = PACKAGES[`${Deno.build.os}-${Deno.build.arch}`];
  if (!name) throw new Error(`there is no workerd for ${Deno.build.os} on ${Deno.build.arch}`);
  const folder = `${cacheFolder}/workerd-${VERSION}`;
  const program = `${folder}/node_modules/@cloudflare/${name}/bin/workerd`;
  if (await Deno.stat(program).then(() => true, () => false)) return program;
  await Deno.mkdir(folder, { recursive: true });
  const dependencies = { [`@cloudflare/${name}`]: VERSION };
  await Deno.writeTextFile(`${folder}/package.json`, JSON.stringify({ dependencies }));
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["install", "--quiet", "--no-lock", "--node-modules-dir=auto"],
    cwd: folder,
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr).trim().split("\n")[0]);
  return program;
}

const CONFIG = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "internet", network = (allow = ["public", "private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [
    (name = "main", esModule = embed "main.js"),
    (name = "script", esModule = embed "script.js"),
    (name = "guest.wasm", wasm = embed "guest.wasm"),
  ],
  compatibilityDate = "2026-11-01",
);
`;

/** The works that need nothing of the host but HTTP. */
const WORKS: readonly Work[] = ["hello", "echo", "body-in", "body-out", "compute", "egress"];

async function writeConfig(work: Work, fresh: boolean, setting: RunSetting): Promise<string> {
  const folder = await Deno.makeTempDir({ dir: setting.folder, prefix: "workerd-" });
  await Deno.copyFile(new URL("./workerd_script.js", import.meta.url), `${folder}/script.js`);
  const main = `import { worker } from "script";
import module from "guest.wasm";
export default worker(module, ${fresh});
`;
  await Deno.writeTextFile(`${folder}/main.js`, main);
  await Deno.writeFile(`${folder}/guest.wasm`, handWritten(work, setting).module);
  await Deno.writeTextFile(`${folder}/config.capnp`, CONFIG);
  return `${folder}/config.capnp`;
}

/** workerd with one instance for all requests, or a new one for each. */
export function workerdSubject(program: string, state: "fresh" | "shared"): Subject {
  return {
    name: `workerd ${state}`,
    async start(work: Work, setting: RunSetting, servers: ServerPool): Promise<Running | null> {
      // One instance cannot wait for several requests at once with this script.
      if (!WORKS.includes(work) || (work === "egress" && state === "shared")) return null;
      const server = await servers.get(`workerd ${state}`, async () => {
        const config = await writeConfig(work, state === "fresh", setting);
        return startServer(
          program,
          ["serve", "--control-fd=1", config],
          ({ port }) => `http://127.0.0.1:${port}`,
        );
      });
      return { server, paths: plainPaths(work) };
    },
  };
}
