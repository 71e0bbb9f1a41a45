/** The engine's own limit: `Deno.serve` with a handler of a few lines, and Hono on it. */
import { FILE_BYTES, FILE_NAME } from "../guests/guests.ts";
import { denoArgs, startServer } from "../measure/process.ts";
import type { HandlerSetting } from "../servers/handlers.ts";
import type { RunSetting, Subject, Work } from "./subject.ts";

/** How many services the scenario of many services asks in turn. */
export const MANY_COUNT = 20;

/** The folder with the file that is read. */
export function fileFolder({ folder }: RunSetting): string {
  const path = `${folder}/files`;
  Deno.mkdirSync(path, { recursive: true });
  Deno.writeTextFileSync(`${path}/${FILE_NAME}`, "x".repeat(FILE_BYTES));
  return path;
}

/** The paths of a work on every subject but Berth, as long as Berth's. */
export function plainPaths(work: Work): string[] {
  if (work !== "many") return [`/api/${work}`];
  return Array.from({ length: MANY_COUNT }, (_, index) => `/api/many-${index}`);
}

/** One of the two. */
export function bareSubject(kind: "deno" | "hono"): Subject {
  const name = kind === "deno" ? "Deno.serve" : "Hono";
  return {
    name,
    async start(work, setting, servers) {
      const handlers: HandlerSetting = {
        computeRounds: setting.computeRounds,
        targetOrigin: setting.targetOrigin,
        storageFile: `${setting.folder}/${kind}-${work}.db`,
        filePath: `${fileFolder(setting)}/${FILE_NAME}`,
      };
      const args = denoArgs("bare.ts", [kind, work === "many" ? "hello" : work, JSON.stringify(handlers)]);
      const server = await servers.get(name, () => startServer(Deno.execPath(), args));
      return { server, paths: plainPaths(work) };
    },
  };
}
