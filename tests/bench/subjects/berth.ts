/** Berth with hand-written guests, with fresh and with shared state. */
import {
  bodyInGuest,
  bodyOutGuest,
  computeGuest,
  echoGuest,
  egressGuest,
  fileGuest,
  helloGuest,
  storageReadGuest,
  storageWriteGuest,
} from "../guests/guests.ts";
import { fileFolder, MANY_COUNT } from "./bare.ts";
import { type BerthProcess, startBerth } from "./berth_process.ts";
import type { RunSetting, ServerPool, Subject, Work } from "./subject.ts";

/** A service of a scenario. */
export interface BenchService {
  readonly module: Uint8Array;
  readonly manifest: Record<string, unknown>;
}

/** Requests in one worker at once in the egress scenario. */
const EGRESS_CONCURRENCY = 256;
/** What Berth allows by default; the host of the benchmark only allows more for the egress scenario. */
export const CONCURRENCY_DEFAULT = 64;

/** The one Berth of a scenario. */
export function berthOf(setting: RunSetting, servers: ServerPool): Promise<BerthProcess> {
  return servers.get("Berth", async () =>
    startBerth(await Deno.makeTempDir({ dir: setting.folder }), {
      idleMs: 0,
      limits: { concurrencyMaxCount: EGRESS_CONCURRENCY, queueMaxCount: 1024 },
    }, setting.berthFlags));
}

/** Module and manifest of a work. */
export function handWritten(work: Work, setting: RunSetting): BenchService {
  const { computeRounds, targetOrigin, cores } = setting;
  switch (work) {
    case "hello":
    case "many":
      return { module: helloGuest("hello"), manifest: {} };
    case "echo":
      return { module: echoGuest(), manifest: {} };
    case "body-in":
      return { module: bodyInGuest(), manifest: {} };
    case "body-out":
      return { module: bodyOutGuest(), manifest: {} };
    case "compute":
      return { module: computeGuest(computeRounds), manifest: { workers: cores } };
    case "egress":
      return {
        module: egressGuest(targetOrigin),
        manifest: {
          capabilities: { http: { allow: [targetOrigin] } },
          limits: { concurrencyMaxCount: EGRESS_CONCURRENCY },
        },
      };
    case "storage-read":
      return { module: storageReadGuest("key"), manifest: { capabilities: { storage: true } } };
    case "storage-write":
      return { module: storageWriteGuest("key"), manifest: { capabilities: { clock: true, storage: true } } };
    case "file": {
      const mounts = [{ guest: "/data", host: fileFolder(setting) }];
      return { module: fileGuest(), manifest: { capabilities: { files: { mounts } } } };
    }
  }
}

/** Berth's subject for one kind of state. */
export function berthSubject(state: "fresh" | "shared"): Subject {
  const suffix = state === "fresh" ? "" : "-shared";
  return {
    name: `Berth ${state}`,
    async start(work, setting, servers) {
      // With shared state there is one instance, entered by one request at a time.
      if (state === "shared" && (work === "many" || work === "compute" || work === "egress")) return null;
      const { module, manifest } = handWritten(work, setting);
      const server = await berthOf(setting, servers);
      const limits = {
        concurrencyMaxCount: CONCURRENCY_DEFAULT,
        ...manifest.limits as Record<string, number>,
      };
      const count = work === "many" ? MANY_COUNT : 1;
      const names = Array.from(
        { length: count },
        (_, index) => work === "many" ? `many-${index}` : work + suffix,
      );
      for (const name of names) await server.deploy(name, module, { ...manifest, state, limits });
      return { server, paths: names.map((name) => `/api/${name}`) };
    },
  };
}
