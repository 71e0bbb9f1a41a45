/**
 * A race against another program: `race.ts [--seconds 5]` counts how often a guest reads outside while a folder is swapped
 * for a link between the door's look and its use, on the default backend and on the native one.
 */
import { join } from "@std/path";
import { limitDefaults } from "../../capabilities/limit.ts";
import { CAPABILITY_LIMITS } from "../../capabilities/limits.ts";
import type { FileOpenOptions, Folder } from "../../capabilities/files/files.ts";
import { openFiles } from "../../capabilities/files/open.ts";

const READ: FileOpenOptions = {
  access: "read",
  create: false,
  exclusive: false,
  truncate: false,
  directory: false,
  follow: true,
  append: false,
};

/** How a race went. */
export interface RaceReport {
  readonly tries: number;
  /** How often the folder's own file was read. */
  readonly inside: number;
  /** How often what lies outside was read. */
  readonly outside: number;
}

/** Opens `d/secret` again and again while someone swaps `d`. */
export async function race(native: boolean, ms: number): Promise<RaceReport> {
  const base = Deno.realPathSync(Deno.makeTempDirSync());
  const work = join(base, "work");
  for (const folder of ["work/d", "outside"]) Deno.mkdirSync(join(base, folder), { recursive: true });
  Deno.writeTextFileSync(join(base, "work/d/secret"), "in");
  Deno.writeTextFileSync(join(base, "outside/secret"), "OUT");
  Deno.symlinkSync("../outside", join(work, "planted"));
  const place = { privateFolder: "", storageFile: "", assetsFolder: null };
  const mounts = [{ guest: "/w", host: work, access: "read" as const }];
  const files = openFiles({ mounts, native }, { place, limits: limitDefaults(CAPABILITY_LIMITS) });
  const flag = new Int32Array(new SharedArrayBuffer(4));
  const racer = new Worker(new URL("./racer_worker.ts", import.meta.url), { type: "module" });
  const told = () => new Promise((resolve) => racer.onmessage = ({ data }) => resolve(data));
  const ready = told();
  racer.postMessage({ folder: work, flag: flag.buffer });
  await ready;
  try {
    return attack(files.session().mounts[0]?.folder, performance.now() + ms);
  } finally {
    const done = told();
    Atomics.store(flag, 0, 1);
    await done;
    racer.terminate();
    files.close();
    Deno.removeSync(base, { recursive: true });
  }
}

function attack(folder: Folder | undefined, endMs: number): RaceReport {
  const report = { tries: 0, inside: 0, outside: 0 };
  const bytes = new Uint8Array(3);
  while (folder && performance.now() < endMs) {
    report.tries++;
    try {
      const file = folder.openAt("d/secret", READ);
      if (file.type === "file" && file.read(bytes, 0) === 3) report.outside++;
      else report.inside++;
      file.close();
    } catch {
      // refused, or not there at this moment
    }
  }
  return report;
}

if (import.meta.main) {
  const seconds = Number(Deno.args[Deno.args.indexOf("--seconds") + 1] ?? 5);
  for (const native of [false, true]) {
    console.log(native ? "native" : "default", await race(native, seconds * 1000));
  }
}
