/** A Berth host in a process of its own, used as any client uses one: over its management API. */
import type { HostOptions } from "../../../mod.ts";
import { pack } from "../../host/harness.ts";
import { denoArgs, type ServerProcess, startServer } from "../measure/process.ts";

/** Bytes in use after a collection. */
export interface Heaps {
  readonly host: number;
  /** Of the worker that looked last, at that time; 0 before. */
  readonly worker: number;
}

/** A running Berth. */
export interface BerthProcess extends ServerProcess {
  /** Uploads and deploys a module; gives the milliseconds that the call took. */
  deploy(name: string, module: Uint8Array, manifest?: Record<string, unknown>): Promise<number>;
  /** The states of all services, by name. */
  states(): Promise<ReadonlyMap<string, string>>;
  /** The heaps of its threads; only of a host that was started `weighed`. */
  heaps(): Promise<Heaps>;
}

/** Starts a host on a data folder, new or not. */
export async function startBerth(
  dataFolder: string,
  options: Partial<HostOptions> = {},
  flags: readonly string[] = [],
  { weighed = false }: { readonly weighed?: boolean } = {},
): Promise<BerthProcess> {
  const args = denoArgs(
    "berth.ts",
    [dataFolder, JSON.stringify(options), ...(weighed ? ["weighed"] : [])],
    weighed ? [...flags, "--v8-flags=--expose-gc"] : flags,
  );
  const server = await startServer(Deno.execPath(), args);
  const key = (await Deno.readTextFile(`${dataFolder}/api-key`)).trim();
  const headers = { authorization: `Bearer ${key}` };
  return {
    ...server,
    async deploy(name, module, manifest = {}) {
      const body = new FormData();
      body.set("image", new Blob([await pack(name, module, manifest)]), "image.tar");
      body.set("options", JSON.stringify({ approved: true }));
      const began = performance.now();
      const answer = await fetch(`${server.origin}/berth/v1/deployments`, { method: "POST", body, headers });
      const text = await answer.text();
      const tookMs = performance.now() - began;
      if (answer.status !== 201) throw new Error(`deploy ${name}: ${answer.status} ${text}`);
      return tookMs;
    },
    async states() {
      const answer = await fetch(`${server.origin}/berth/v1/services`, { headers });
      const { services } = await answer.json() as { services: { name: string; state: string }[] };
      return new Map(services.map(({ name, state }) => [name, state]));
    },
    heaps: () => askHeaps(server.pid, `${dataFolder}/heaps`),
  };
}

async function askHeaps(pid: number, file: string): Promise<Heaps> {
  await Deno.remove(file).catch(() => {}); // none was asked for before
  Deno.kill(pid, "SIGUSR2");
  for (let look = 0; look < 500; look++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    const text = await Deno.readTextFile(file).catch(() => null);
    if (text !== null) return JSON.parse(text);
  }
  throw new Error(`process ${pid} did not tell its heaps within 10 s`);
}
