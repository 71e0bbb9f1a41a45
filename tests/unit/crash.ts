/**
 * Kills a process that changes a store, at a random moment, and looks at what is there afterwards: everything that
 * was said to be done, the change under way wholly or not at all, and nothing else.
 *
 *     deno run -A tests/unit/crash.ts [rounds]
 */
import { join } from "@std/path";
import { openStore, type Store } from "../../runtime/store/store.ts";
import { assert, assertEquals } from "@std/assert";
import { emptyFolder } from "./samples.ts";

/** What is true of the store, in the child's words. */
type State = Readonly<Record<string, string | null>>;

/** How often each kind of change was the one under way. */
export type CrashReport = Record<string, number>;

/** The blow falls after so many lines at most, */
const LINES_MAX_COUNT = 24;
/** and so much later: about as long as a change takes. */
const BLOW_MAX_MS = 6;

/** Kills as often as asked; throws at the first thing that is lost or half there. */
export async function crashRounds(rounds: number): Promise<CrashReport> {
  using folder = emptyFolder();
  const report: CrashReport = {};
  let state: State = { image: null, service: null, setting: null };
  for (let round = 0; round < rounds; round++) {
    const { done, underWay } = await oneRun(folder.path, round * 10_000);
    const before = { ...state, ...done };
    const after = { ...before, ...underWay };
    state = await inspect(folder.path, before, after);
    const kind = underWay ? Object.keys(underWay)[0] ?? "" : "between";
    report[kind] = (report[kind] ?? 0) + 1;
  }
  return report;
}

async function oneRun(folder: string, start: number): Promise<{ done: State; underWay: State | undefined }> {
  const script = new URL("./crash_child.ts", import.meta.url);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--quiet", script.pathname, folder, String(start)],
    stdout: "piped",
  }).spawn();
  let done: State = {};
  let underWay: State | undefined;
  let text = "";
  let blow: unknown;
  const lines = Math.random() * LINES_MAX_COUNT;
  for await (const piece of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += piece;
    if (text.split("\n").length <= lines) continue;
    blow ??= setTimeout(() => child.kill("SIGKILL"), Math.random() * BLOW_MAX_MS);
  }
  const { signal } = await child.status;
  assertEquals(signal, "SIGKILL", "the child ended by itself");
  for (const line of text.split("\n").slice(0, -1)) { // what follows the last line's end was cut
    const said = JSON.parse(line) as { begin?: State };
    if (said.begin === undefined) [done, underWay] = [{ ...done, ...underWay }, undefined];
    else underWay = said.begin;
  }
  return { done, underWay };
}

async function inspect(folder: string, before: State, after: State): Promise<State> {
  using store = await openStore(folder);
  assertEquals(store.problems, []);
  const found = await observe(store);
  await checkPrepared(store, before.prepared ?? "");
  for (const key of Object.keys(found)) {
    const [was, will] = [before[key], after[key]];
    assert(found[key] === was || found[key] === will, `${key}: ${found[key]}, was ${was}, to be ${will}`);
  }
  checkFolders(folder, store);
  return found;
}

async function observe(store: Store): Promise<State> {
  const service = store.services.get("api-hello");
  const image = store.images.get("api-hello");
  if (image) await checkContent(store, image.digest);
  if (service) await checkContent(store, service.imageDigest);
  return {
    image: image?.digest ?? null,
    service: service?.imageDigest ?? null,
    setting: store.setting("n") ?? null,
  };
}

/** The prepared module that was kept last is there, as long as its image is. */
async function checkPrepared(store: Store, line: string): Promise<void> {
  const [digest = "", n] = line.split(" ");
  if (!store.images.get(digest)) return;
  const found = await store.preparedModule(digest, "1");
  assertEquals(new TextDecoder().decode(found?.module), `prepared ${n}`);
}

async function checkContent(store: Store, digest: string): Promise<void> {
  await store.images.module(digest); // throws unless it is what was uploaded
  const { version } = store.images.manifest(digest);
  const text = Deno.readTextFileSync(join(store.images.assetsFolder(digest) ?? "", "assets", "0", "2.txt"));
  assertEquals(text, `${parseInt(version)}.2 `.repeat(300));
}

/** No folder that no record explains. */
function checkFolders(folder: string, store: Store): void {
  const names = (name: string) => [...Deno.readDirSync(join(folder, name))].map((entry) => entry.name).sort();
  const history = store.services.history("api-hello").map(({ imageDigest }) => imageDigest);
  const current = [store.images.get("api-hello")?.digest, store.services.get("api-hello")?.imageDigest];
  const wanted = [...new Set([...history, ...current])].filter((digest) => digest !== undefined).sort();
  assertEquals(names("images"), wanted);
  if (!store.services.get("api-hello")) assertEquals(names("services"), []);
}

if (import.meta.main) {
  const rounds = Number(Deno.args[0] ?? 200);
  console.log(rounds, "kills; under way:", await crashRounds(rounds));
}
