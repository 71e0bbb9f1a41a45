/** A worker with the capability, which then tries to reach past it as a bug in the capability could. */
import type { ServicePlace } from "../../capabilities/capability.ts";
import { CapabilityError } from "../../capabilities/error.ts";
import type { HttpGrant } from "../../capabilities/http/http.ts";
import { openHttp } from "../../capabilities/http/open.ts";
import { limitDefaults } from "../../capabilities/limit.ts";
import { CAPABILITY_LIMITS } from "../../capabilities/limits.ts";

/** What to try. */
export interface Trial {
  readonly grant: HttpGrant;
  readonly place: ServicePlace;
  /** Through the capability. */
  readonly urls: readonly string[];
  /** Past it. */
  readonly direct: readonly string[];
}

/** What each attempt gave: an answer's text, or an error's code or name. */
async function look(trial: Trial): Promise<string[]> {
  const limits = limitDefaults(CAPABILITY_LIMITS);
  const client = openHttp(trial.grant, { place: trial.place, limits, config: {}, log: () => {} });
  const said: string[] = [];
  for (const url of trial.urls) {
    const request = { method: "GET", url, headers: [], body: null, signal: new AbortController().signal };
    said.push(
      await client.fetch(request).then(async (answer) => new TextDecoder().decode(await answer.bytes()))
        .catch((error) => error instanceof CapabilityError ? error.code : String(error)),
    );
  }
  client.close();
  for (const url of trial.direct) {
    const { hostname, port } = new URL(url);
    const name = (error: unknown) => (error as Error).name;
    said.push(await fetch(url).then(() => "fetched", name));
    said.push(await Deno.connect({ hostname, port: Number(port) }).then(() => "connected", name));
    said.push(await Deno.resolveDns(hostname, "A").then(() => "resolved", name));
  }
  return said;
}

// The project is checked with the types of the main thread; this is the worker's own end.
const end = globalThis as unknown as {
  onmessage: (event: MessageEvent<Trial>) => void;
  postMessage(message: unknown): void;
};

end.onmessage = async (event) => end.postMessage(await look(event.data).catch((error) => [String(error)]));
