/**
 * `deno task dist [x86_64|aarch64 …]`: Berth as one program for Linux, made of Deno's own as npm ships it.
 * `--deno VERSION` takes another version than the one that runs this; `--base FILE` a program that is already here.
 */
import { join } from "@std/path";
import { makeBundle } from "./bundle.ts";
import { makeSingleFile } from "./single_file.ts";

const PACKAGES = { x86_64: "@deno/linux-x64-glibc", aarch64: "@deno/linux-arm64-glibc" } as const;
type Machine = keyof typeof PACKAGES;
const FOLDER = "dist";

const options = new Map<string, string>();
const machines: Machine[] = [];
for (let at = 0; at < Deno.args.length; at++) {
  const word = Deno.args[at] ?? "";
  if (word === "--deno" || word === "--base") options.set(word, Deno.args[++at] ?? "");
  else if (word === "x86_64" || word === "aarch64") machines.push(word);
  else throw new Error(`Read ${word}; known are x86_64, aarch64, --deno VERSION and --base FILE`);
}

/** Deno's program for a machine, through npm's own client. */
async function fetchDeno(machine: Machine): Promise<Uint8Array> {
  const version = options.get("--deno") ?? Deno.version.deno;
  const folder = await Deno.makeTempDir({ prefix: "berth-dist-" });
  try {
    await run("npm", ["pack", "--silent", "--pack-destination", folder, `${PACKAGES[machine]}@${version}`]);
    const [tgz] = [...Deno.readDirSync(folder)];
    await run("tar", ["xzf", join(folder, tgz?.name ?? ""), "-C", folder, "package/deno"]);
    return await Deno.readFile(join(folder, "package", "deno"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function run(program: string, args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args: [...args], stdout: "null" }).output();
  if (success) return;
  throw new Error(
    `Ran ${program} ${args.join(" ")} and it failed: ${new TextDecoder().decode(stderr).trim()}\n` +
      "If npm has not that version of Deno for the machine, name one that it has with --deno.",
  );
}

const bundle = await makeBundle();
await Deno.mkdir(FOLDER, { recursive: true });
for (const machine of machines.length > 0 ? machines : ["x86_64", "aarch64"] as const) {
  const base = options.get("--base");
  const deno = base ? await Deno.readFile(base) : await fetchDeno(machine);
  const file = join(FOLDER, `berth-linux-${machine}`);
  await Deno.writeFile(file, makeSingleFile(deno, bundle), { mode: 0o755 });
  console.log(`${file}: ${(Deno.statSync(file).size / 1e6).toFixed(1)} MB`);
}
