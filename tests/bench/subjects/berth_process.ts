/** A Berth host in a process of its own, used as any client uses one: over its management API. */
import type { HostOptions } from "../../../mod.ts";
import { pack } from "../../host/harness.ts";
import { denoArgs, type ServerProcess, startServer } from "../measure/process.ts";

/** A running Berth. */
export interface BerthProcess extends ServerProcess {
  /** Uploads and deploys a module; gives the milliseconds that the call took. */
  deploy(name: string, module: Uint8Array, manifest?: Record<string, unknown>): Promise<number>;
  /** The states of all services, by name. */
  states(): Promise<ReadonlyMap<string, string>>;
}

/** Starts a host on a data folder, new or not. */
export async function startBerth(
  dataFolder: string,
  options: Partial<HostOptions> = {},
  flags: readonly string[] = [],
): Promise<BerthProcess> {
  const args = denoArgs("berth.ts", [dataFolder, JSON.stringify(options)], flags);
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
  };
}
