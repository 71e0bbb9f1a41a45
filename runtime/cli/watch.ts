/** Changes of a project's sources, gathered: an editor that saves three files makes one change. */
import { join, relative } from "@std/path";

/** What builds and hosts write themselves. */
const IGNORED =
  /(^|\/)(build|target|dist|node_modules|\.git|\.berth|zig-out|\.zig-cache)(\/|$)|~$|\.sw[a-z]$/;
const QUIET_MS = 60;

/** Gives the files that changed, each time when no more have changed for a moment; ends with the signal. */
export async function* changes(root: string, signal: AbortSignal): AsyncGenerator<readonly string[]> {
  using watcher = Deno.watchFs(root);
  const end = () => watcher.close();
  signal.addEventListener("abort", end, { once: true });
  const changed = new Set<string>();
  let wake: () => void = () => {};
  let ended = false;
  const reading = (async () => {
    for await (const event of watcher) {
      if (event.kind === "access" || event.kind === "other") continue;
      for (const path of event.paths) {
        const name = relative(root, path).replaceAll("\\", "/");
        if (!IGNORED.test(name)) changed.add(name);
      }
      if (changed.size > 0) wake();
    }
  })().finally(() => {
    ended = true;
    wake();
  });
  while (!signal.aborted && !ended) {
    if (changed.size === 0) await new Promise<void>((resolve) => wake = resolve);
    for (let seen = -1; seen !== changed.size;) {
      seen = changed.size;
      await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    }
    if (changed.size === 0) continue;
    const batch = [...changed].sort();
    changed.clear();
    // Editors write to a file of another name first; what is gone already was such a one, unless nothing else is left.
    const there = await Promise.all(
      batch.map((name) => Deno.lstat(join(root, name)).then(() => true, () => false)),
    );
    const kept = batch.filter((_name, index) => there[index]);
    yield kept.length > 0 ? kept : batch;
  }
  await reading;
}
