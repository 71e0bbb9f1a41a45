/** wazero, with the very modules that Berth runs, behind a small HTTP host in Go; built when `go` is on PATH. */
import { onPath } from "../load/choose.ts";
import { startServer } from "../measure/process.ts";
import { handWritten } from "../subjects/berth.ts";
import { plainPaths } from "../subjects/bare.ts";
import type { RunSetting, Subject, Work } from "../subjects/subject.ts";

const SOURCES = ["main.go", "go.mod", "go.sum"];

/** The works that need nothing of the host but HTTP. */
const WORKS: readonly Work[] = ["hello", "echo", "body-in", "body-out", "compute"];

/** The path of the host program, built into the cache folder if its sources have changed. */
export async function buildWazeroHost({ cacheFolder }: RunSetting): Promise<string> {
  if (!await onPath("go")) throw new Error("it is built with go, which is not on PATH");
  const texts = await Promise.all(
    SOURCES.map((name) => Deno.readTextFile(new URL(`./wazero/${name}`, import.meta.url))),
  );
  const digest = new Uint8Array(
    await crypto.subtle.digest("SHA-256", new TextEncoder().encode(texts.join("\0"))),
  );
  const folder = `${cacheFolder}/wazero-${digest.toHex().slice(0, 16)}`;
  const program = `${folder}/wazero-host`;
  if (await Deno.stat(program).then(() => true, () => false)) return program;
  await Deno.mkdir(folder, { recursive: true });
  for (const [index, name] of SOURCES.entries()) {
    await Deno.writeTextFile(`${folder}/${name}`, texts[index] ?? "");
  }
  const { success, stderr } = await new Deno.Command("go", {
    args: ["build", "-o", program, "."],
    cwd: folder,
  })
    .output();
  if (!success) throw new Error(new TextDecoder().decode(stderr).trim());
  return program;
}

/** wazero with a new instance for each request. */
export function wazeroSubject(program: string): Subject {
  return {
    name: "wazero fresh",
    async start(work, setting, servers) {
      if (!WORKS.includes(work)) return null;
      const server = await servers.get("wazero", async () => {
        const guest = await Deno.makeTempFile({ dir: setting.folder, suffix: ".wasm" });
        await Deno.writeFile(guest, handWritten(work, setting).module);
        return startServer(program, [guest]);
      });
      return { server, paths: plainPaths(work), anyThread: true };
    },
  };
}
