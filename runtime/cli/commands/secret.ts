/** `berth secret`: what a service must know and nobody else. */
import type { Command } from "commander";
import { resolve } from "@std/path";
import { SECRET_MAX_BYTES } from "../../../capabilities/env/env.ts";
import { CliError } from "../errors.ts";
import { deviceOptions, examples, type Session } from "../session.ts";

/** Adds the commands. */
export function registerSecret(program: Command, session: Session): void {
  const secret = program.command("secret").description(
    "Set, list and remove the secrets of a service. Their values are never shown again.",
  );
  registerSet(secret, session);
  registerList(secret, session);
  const remove = secret.command("remove").alias("rm").description("Take a secret away.")
    .argument("<service>", "its name").argument("<name>", "the secret's name");
  deviceOptions(remove).action(async (service: string, name: string, _options: unknown, self: Command) => {
    const screen = session.screen(self);
    await (await session.client(self)).removeSecret(service, name);
    screen.result(
      { service, removed: name },
      () => `${screen.colours.green("✔")} ${name} of ${service} is removed`,
    );
  });
  examples(secret, [
    ["berth secret set relay API_TOKEN < token.txt", "from a file, or from another program"],
    ["berth secret set relay API_TOKEN", "at a terminal: asks for it, unseen"],
    ["berth secret list relay", "names, whether they are set, whether the service may read them"],
  ]);
  secret.addHelpText(
    "after",
    '\nA service may read what its berth.json names and the operator granted: "env": {"secrets": ["API_TOKEN"]}.',
  );
}

function registerSet(secret: Command, session: Session): void {
  const set = secret.command("set")
    .description(
      "Set a secret, before or after the service is deployed. One line end at its end is left out.",
    )
    .argument("<service>", "its name").argument("<name>", "the secret's name")
    .allowExcessArguments() // told apart below: the usual error would print a value given as one
    .option("-f, --file <file>", "where the value is  (default: standard input)");
  deviceOptions(set).action(
    async (service: string, name: string, options: { file?: string }, self: Command) => {
      const screen = session.screen(self);
      if (self.args.length > 2) {
        throw new CliError("usage", `Tried to set ${name} to something on the command line`, {
          fix:
            "Others see it there, and the shell keeps it: take another value, on standard input or with --file.",
        });
      }
      const value = await readValue(session, name, options.file);
      await (await session.client(self)).setSecret(service, name, value);
      screen.result(
        { service, set: name },
        () => `${screen.colours.green("✔")} ${name} of ${service} is set`,
      );
    },
  );
}

/** The value never stands on the command line: others see it there, and the shell remembers it. */
async function readValue(session: Session, name: string, file: string | undefined): Promise<string> {
  const bytes = file === undefined
    ? await session.io.secret(`${name}:`, SECRET_MAX_BYTES + 2).catch((error) => refuse(name, error))
    : await readFile(resolve(session.io.cwd, file));
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new CliError("usage", `Tried to set ${name} to bytes that are no text`, {
      fix: "Secrets are text in UTF-8: encode the bytes, as in: base64 < key.bin | berth secret set …",
    });
  }
  const value = text.replace(/\r?\n$/, "");
  if (value !== "") return value;
  throw new CliError("usage", `Tried to set ${name} to nothing`, {
    fix: "Give the value on standard input or with --file; `berth secret remove` takes a secret away.",
  });
}

function refuse(name: string, error: unknown): never {
  if (!(error instanceof RangeError)) throw error;
  throw new CliError("usage", `Tried to set ${name} to ${error.message}`, {
    fix: "A secret has at most 64 KiB.",
  });
}

async function readFile(path: string): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliError("file-unreadable", `Read ${path} and failed: ${why}`);
  }
}

function registerList(secret: Command, session: Session): void {
  const list = secret.command("list").alias("ls").description("List the names of a service's secrets.")
    .argument("<service>", "its name");
  deviceOptions(list).action(async (service: string, _options: unknown, self: Command) => {
    const screen = session.screen(self);
    const secrets = await (await session.client(self)).secrets(service);
    if (screen.json) return screen.result({ service, secrets }, () => "");
    if (secrets.length === 0) return screen.line(`${service} has no secrets and asks for none`);
    const rows = secrets.map(({ name, set, setMs, granted }) => [
      screen.colours.bold(name),
      set ? new Date(setMs ?? 0).toISOString() : screen.colours.yellow("not set"),
      granted ? "yes" : screen.colours.yellow("no: not granted"),
    ]);
    screen.line(await screen.table(["NAME", "SET", "READ BY THE SERVICE"], rows));
  });
}
