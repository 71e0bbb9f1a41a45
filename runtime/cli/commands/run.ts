/** `berth run`: one WASI command, as a program of this terminal. */
import type { Command } from "commander";
import { basename, resolve } from "@std/path";
import type { RunDir } from "../../run.ts";
import { CliError } from "../errors.ts";
import { examples, type Session } from "../session.ts";

/** What a module with addresses of 32 bits can have. */
const MEMORY_MAX_MIB = 4096;

interface RunCommandOptions {
  readonly dir?: string[];
  readonly readOnlyDir?: string[];
  readonly env?: string[];
  readonly memory?: number;
  readonly trace?: boolean;
}

/** Adds the command. */
export function registerRun(program: Command, session: Session): void {
  const command = program.command("run")
    .description("Run one WASI program. It sees nothing of this machine but what is given to it.")
    .argument("<module>", "a .wasm file")
    .argument("[args...]", "its arguments")
    .option("--dir <host::guest>", "a folder it may read and write; repeat for more", collect)
    .option("--read-only-dir <host::guest>", "a folder it may only read; repeat for more", collect)
    .option("--env <name=value>", "a variable; NAME alone takes it from here; repeat for more", collect)
    .option("--memory <MiB>", "how much memory it may take; 1024 by default", wholeMiB)
    .option("--trace", "show every call to the host on standard error")
    .action(async (path: string, args: string[], options: RunCommandOptions) => {
      const { runCommand } = await import("../../run.ts");
      const { io } = session;
      session.exitCode = await runCommand({
        module: await readModule(resolve(io.cwd, path)),
        args: [basename(path), ...args],
        env: Object.fromEntries((options.env ?? []).flatMap((text) => variable(text, io.env))),
        dirs: [
          ...(options.dir ?? []).map((text) => dirOf(text, io.cwd, "read-write")),
          ...(options.readOnlyDir ?? []).map((text) => dirOf(text, io.cwd, "read")),
        ],
        ...(options.memory ? { memoryMaxBytes: options.memory * 2 ** 20 } : {}),
        ...(options.trace ? { trace: (line: string) => io.err(line + "\n") } : {}),
      });
    });
  examples(command, [
    ["berth run hello.wasm", "its exit code is berth's; 134 when it traps"],
    ["berth run tool.wasm --dir .::/ --env LANG -- -v in.txt", "with this folder as its root"],
  ]);
}

function wholeMiB(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text) && Number(text) <= MEMORY_MAX_MIB) return Number(text);
  throw new CliError(
    "usage",
    `--memory is ${JSON.stringify(text)}; write a whole number from 1 to ${MEMORY_MAX_MIB}`,
  );
}

function collect(text: string, before: string[] = []): string[] {
  return [...before, text];
}

async function readModule(path: string): Promise<Uint8Array> {
  const bytes = await Deno.readFile(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) {
      throw new CliError("file-unreadable", `Looked for ${path} to run it and found nothing there`);
    }
    throw new CliError(
      "file-unreadable",
      `Tried to run ${path}: ${error instanceof Error ? error.message : error}`,
    );
  });
  // The first word is "\0asm"; the second 1 for a core module, something else for a component.
  const view = new DataView(bytes.buffer);
  if (bytes.length < 8 || view.getUint32(0) !== 0x0061736d) {
    throw new CliError("file-unreadable", `Tried to run ${path}, which is not WebAssembly`);
  }
  if (view.getUint32(4) === 0x01000000) return bytes;
  throw new CliError("file-unreadable", `Tried to run ${path}, which is a component`, {
    fix: "Build a core module for WASI preview 1 (wasm32-wasip1).",
  });
}

/** `host::guest`; without a guest path the folder has the same name inside. */
function dirOf(text: string, cwd: string, access: RunDir["access"]): RunDir {
  const [host = "", guest] = text.split("::");
  return { host: resolve(cwd, host), guest: guest ?? host, access };
}

function variable(text: string, env: (name: string) => string | undefined): [string, string][] {
  const at = text.indexOf("=");
  if (at > 0) return [[text.slice(0, at), text.slice(at + 1)]];
  const value = env(text);
  return value === undefined ? [] : [[text, value]];
}
