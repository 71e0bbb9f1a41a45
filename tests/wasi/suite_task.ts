/**
 * Runs a folder of programs in the form of the public wasi-testsuite: `suite_task.ts [--native] FOLDER [name-part]`. Every `*.wasm` below the
 * folder whose path does not name another version of WASI is a test; `NAME.json` beside it says `args`, `env`, `root` (or
 * `dirs`: `host::guest[::ro]`), `exit_code`, `stdout`, `stderr`. The programs change their folders, so each folder is copied first.
 */
import { basename, dirname, join } from "@std/path";
import { runCommand, type RunDir } from "../../runtime/run.ts";

interface Spec {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly root?: string | null;
  readonly dirs?: readonly string[];
  readonly exit_code?: number;
  readonly stdout?: string;
  readonly stderr?: string;
}

const TEST_MAX_MS = 60_000;
const OTHER_VERSION = /wasip[23]|preview2/;

/** All programs below a folder. */
function programs(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory) return programs(path);
    return entry.isFile && path.endsWith(".wasm") && !OTHER_VERSION.test(path) ? [path] : [];
  }).sort();
}

function copyFolder(from: string, to: string): void {
  Deno.mkdirSync(to, { recursive: true });
  for (const entry of Deno.readDirSync(from)) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory) copyFolder(source, target);
    else if (entry.isFile) Deno.copyFileSync(source, target);
  }
}

function specOf(program: string): Spec {
  try {
    return JSON.parse(Deno.readTextFileSync(program.replace(/\.wasm$/, ".json")));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return {};
    throw error;
  }
}

/** Runs one program; gives what is wrong, or an empty text. */
async function runTest(program: string): Promise<string> {
  const spec = specOf(program);
  const place = Deno.makeTempDirSync();
  const dirs: RunDir[] = [];
  const folders = spec.root ? [`${spec.root}::/`] : spec.dirs ?? [];
  for (const folder of folders) {
    const [name = "", guest = name, access] = folder.split("::");
    const host = join(place, name);
    copyFolder(join(dirname(program), name), host);
    dirs.push({ host, guest, access: access === "ro" ? "read" : "read-write" });
  }
  const output = { stdout: "", stderr: "" };
  const sink = (stream: "stdout" | "stderr") => (bytes: Uint8Array) => {
    output[stream] += new TextDecoder().decode(bytes);
  };
  let timer;
  try {
    const code = await Promise.race([
      runCommand({
        module: Deno.readFileSync(program),
        args: [basename(program), ...(spec.args ?? [])],
        env: spec.env ?? {},
        dirs,
        native,
        stdin: null,
        stdout: sink("stdout"),
        stderr: sink("stderr"),
      }),
      new Promise<string>((resolve) => {
        timer = setTimeout(() => resolve("no end"), TEST_MAX_MS);
      }),
    ]);
    const expected = spec.exit_code ?? 0;
    if (code !== expected) return `exit ${code}, expected ${expected}: ${output.stderr.trim().slice(0, 600)}`;
    if (spec.stdout !== undefined && output.stdout !== spec.stdout) return `stdout ${output.stdout}`;
    if (spec.stderr !== undefined && output.stderr !== spec.stderr) return `stderr ${output.stderr}`;
    return "";
  } catch (error) {
    return String(error);
  } finally {
    clearTimeout(timer);
    Deno.removeSync(place, { recursive: true });
  }
}

const native = Deno.args.includes("--native");
const [folder = ".", part = ""] = Deno.args.filter((arg) => arg !== "--native");
let passed = 0;
const failures: string[] = [];
const all = programs(folder).filter((program) => program.includes(part));
for (const program of all) {
  const wrong = await runTest(program);
  console.log(`${wrong === "" ? "pass" : "FAIL"}  ${program.slice(folder.length + 1)}`);
  if (wrong === "") passed++;
  else failures.push(`${basename(program)}: ${wrong}`);
}
for (const failure of failures) console.log(`\n${failure}`);
console.log(`\n${passed} passed, ${failures.length} failed`);
Deno.exit(failures.length === 0 ? 0 : 1);
