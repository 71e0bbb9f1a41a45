/** What a host with stored services loads when it starts and serves, and what only management loads: memory hangs on it. */
import { assertEquals } from "@std/assert";
import { join, normalize, relative } from "@std/path";
import { fileURLToPath } from "node:url";
import { handler } from "../guests/wat.ts";
import { testHost } from "./harness.ts";

const ROOT = normalize(join(import.meta.dirname ?? "", "../.."));

/** Of the host itself; each further one of Node's takes up to 5 MiB. */
const HOST_IMPORTS = ["node:buffer", "node:os", "node:path", "node:sqlite"];
/** Of the command line that starts it, as a service manager writes it. */
const CLI_IMPORTS: readonly string[] = [];
/** What stands for management, the preparation of modules, and the other front. */
const NOT_LOADED = [
  "abi/registry.ts",
  "capabilities/grants.ts",
  "runtime/cli/commands/deploy.ts",
  "runtime/management.ts",
  "runtime/server/app.ts",
  "runtime/server/front_safe.ts",
  "runtime/unit/manifest.ts",
  "runtime/unit/prepare/mod.ts",
];

interface Served {
  /** Files of the project that V8 evaluated, beside those of workers, which have a test of their own in `tests/tidy`. */
  readonly loaded: readonly string[];
  readonly answers: readonly string[];
}

/** Starts `berth serve` on a data folder, asks, ends it; Deno's coverage tells what was evaluated. */
async function serve(data: string, paths: readonly string[]): Promise<Served> {
  const coverage = await Deno.makeTempDir({ prefix: "berth-modules-" });
  try {
    const args = ["run", "-A", "--no-check", "--quiet", join(ROOT, "cli.ts")];
    const child = new Deno.Command(Deno.execPath(), {
      args: [...args, "serve", "--port", "0", "--data", data, "--json"],
      env: { DENO_COVERAGE_DIR: coverage },
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    let text = "";
    const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    while (!text.includes("\n}")) text += (await reader.read()).value ?? "";
    const { origin }: { origin: string } = JSON.parse(text);
    const key = (await Deno.readTextFile(join(data, "api-key"))).trim();
    const headers = { authorization: `Bearer ${key}` };
    const answers: string[] = [];
    for (const path of paths) answers.push(await (await fetch(`${origin}${path}`, { headers })).text());
    child.kill("SIGTERM");
    await Promise.all([child.status, reader.cancel()]);
    return { loaded: filesIn(coverage), answers };
  } finally {
    await Deno.remove(coverage, { recursive: true });
  }
}

function filesIn(coverage: string): string[] {
  const files = [...Deno.readDirSync(coverage)].map(({ name }) => {
    const { url }: { url: string } = JSON.parse(Deno.readTextFileSync(join(coverage, name)));
    return relative(ROOT, fileURLToPath(url));
  });
  return [...new Set(files)].sort();
}

/** What files import that is none of the project's, at once: neither types nor what they load later. */
function importsOf(files: readonly string[]): string[] {
  const found = files.flatMap((file) => {
    const text = Deno.readTextFileSync(join(ROOT, file));
    const imports = text.matchAll(/^(?:import|export) (?!type\b)(?:[^;"]*? from )?"([^".][^"]*)";/gm);
    return [...imports].map(([, specifier = ""]) => specifier === "@std/path" ? "node:path" : specifier);
  });
  return [...new Set(found)].sort();
}

Deno.test("a host that serves stored services loads nothing of management, and no package but the command line's", async () => {
  const data = await Deno.makeTempDir({ prefix: "berth-test-" });
  try {
    {
      await using test = await testHost({ dataFolder: data });
      await test.deploy("who", handler({ answer: "stored" }), { capabilities: { storage: true } });
    }
    const serving = await serve(data, ["/api/who"]);
    assertEquals(serving.answers, ["stored"]);
    assertEquals(serving.loaded.includes("runtime/worker/lane.ts"), true, "nothing is seen");
    assertEquals(serving.loaded.filter((file) => NOT_LOADED.includes(file)), []);
    assertEquals(importsOf(serving.loaded), [...CLI_IMPORTS, ...HOST_IMPORTS].sort());

    const managing = await serve(data, ["/berth/v1/services/who", "/metrics"]);
    assertEquals(managing.answers.map((text) => text.includes("api-who")), [true, true]);
    const later = ["capabilities/grants.ts", "runtime/management.ts", "runtime/server/app.ts"];
    assertEquals(managing.loaded.filter((file) => later.includes(file)), later);
    assertEquals(importsOf(managing.loaded).includes("zod"), true);
  } finally {
    await Deno.remove(data, { recursive: true });
  }
});
