/** A host on a folder of its own, for tests; everything is real but the port may be left out. */
import { createHost, type Host } from "../../mod.ts";
import type { HostOptions } from "../../runtime/host.ts";
import type { DeployOptions } from "../../runtime/deployment.ts";
import { Service } from "../../runtime/service.ts";
import { packImage } from "../../runtime/unit/pack.ts";

/** A host under test. */
export interface TestHost extends AsyncDisposable {
  readonly host: Host;
  readonly folder: string;
  /** The API key. */
  readonly key: string;
  /** A request to the host without a socket; `path` or a whole URL. */
  call(path: string, init?: RequestInit): Promise<Response>;
  /** The same with the API key. */
  manage(path: string, init?: RequestInit): Promise<Response>;
  /** Packs and deploys a module; the manifest is completed from the name. */
  deploy(
    name: string,
    module: Uint8Array,
    manifest?: Record<string, unknown>,
    options?: Partial<DeployOptions>,
  ): Promise<Service>;
}

/** A tar with a manifest around a module. */
export function pack(
  name: string,
  module: Uint8Array,
  manifest: Record<string, unknown> = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const complete = {
    berth: 1,
    name,
    version: "1.0.0",
    module: "service.wasm",
    path: `/${name}`,
    ...manifest,
  };
  return packImage({ manifest: JSON.stringify(complete), module: { path: "service.wasm", bytes: module } });
}

/** Opens a host on a new folder, or again on a given one, which then stays. */
export async function testHost(options: Partial<HostOptions> = {}): Promise<TestHost> {
  const own = options.dataFolder === undefined;
  const folder = options.dataFolder ?? await Deno.makeTempDir({ prefix: "berth-test-" });
  const host = await createHost({ ...options, dataFolder: folder });
  const key = (await Deno.readTextFile(`${folder}/api-key`)).trim();
  const call = async (path: string, init?: RequestInit) =>
    await host.fetch(new Request(path.startsWith("http") ? path : `http://berth.test${path}`, init));
  return {
    host,
    folder,
    key,
    call,
    manage: (path, init = {}) => {
      const headers = new Headers(init.headers);
      if (!headers.has("authorization")) headers.set("authorization", `Bearer ${key}`);
      return call(path, { ...init, headers });
    },
    async deploy(name, module, manifest = {}, options = {}) {
      const deployed = await host.deploy(await pack(name, module, manifest), {
        clientId: "api",
        approved: true,
        ...options,
      });
      if (deployed instanceof Service) return deployed;
      throw new Error(`${name} waits for approval: ${JSON.stringify(deployed.more)}`);
    },
    async [Symbol.asyncDispose]() {
      await host.close();
      if (own) await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Looks until it is so; fails after `timeoutMs`. */
export async function until(
  what: string,
  check: () => boolean | Promise<boolean>,
  timeoutMs = 10_000,
): Promise<void> {
  const ends = performance.now() + timeoutMs;
  while (!(await check())) {
    if (performance.now() > ends) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
