/** Whether a new version works, asked before it takes over. */
import { BerthError } from "./error.ts";
import type { Service } from "./service.ts";

const BETWEEN_ATTEMPTS_MS = 200;

/** Asks the manifest's health check, if it has one; throws `health-failed` with the last answer. */
export async function checkHealth(service: Service): Promise<void> {
  const { health } = service.deployment.manifest;
  if (!health) return;
  let last = "";
  for (let attempt = 1; attempt <= health.attempts; attempt++) {
    last = await ask(service, health.path, health.timeoutMs);
    if (last === "") return;
    if (attempt < health.attempts) await new Promise((resolve) => setTimeout(resolve, BETWEEN_ATTEMPTS_MS));
  }
  throw new BerthError(
    "health-failed",
    `the new version did not pass its health check ${health.path} in ${health.attempts} attempts: ${last}`,
    { path: health.path },
  );
}

/** Empty when it is well, else what came instead. */
async function ask(service: Service, path: string, timeoutMs: number): Promise<string> {
  const request = new Request(`http://health.berth${path}`, { signal: AbortSignal.timeout(timeoutMs) });
  const answer = await service.fetch(request, path, 0);
  await answer.body?.cancel();
  return answer.ok ? "" : `the answer was ${answer.status}`;
}
