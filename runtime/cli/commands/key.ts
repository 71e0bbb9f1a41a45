/** `berth key`. */
import { type Command, Option } from "commander";
import { join, resolve } from "@std/path";
import { dataFolder } from "../device.ts";
import { CliError } from "../errors.ts";
import { deviceOptions, examples, type Session } from "../session.ts";

const SCOPES = ["read", "deploy", "admin"] as const;

/** Adds the command. */
export function registerKey(program: Command, session: Session): void {
  const key = program.command("key")
    .description("Print the API key of the host on this machine, or manage the keys of a device.")
    .option(
      "--data <folder>",
      "its data folder  (default: $BERTH_DATA, ./.berth if it exists, else the user's)",
    )
    .option("--json", "print JSON")
    .action((options: { data?: string }, self: Command) => printKey(options.data, session, self));
  registerKeyCommands(key, session);
  examples(key, [
    ["berth key", "print this machine's"],
    ["berth key new ci --scope deploy", "a key for a script, which may not grant"],
    ["berth key rm ci", "and take it back"],
    ["berth key new-signing release", "a pair of keys for berth pack --sign and berth serve --trust"],
    ['curl -H "Authorization: Bearer $(berth key)" http://127.0.0.1:8083/berth/v1/services', "use it"],
  ]);
}

async function printKey(data: string | undefined, session: Session, self: Command): Promise<void> {
  const screen = session.screen(self);
  const path = join(await dataFolder(session.io, data), "api-key");
  const text = await Deno.readTextFile(path).then((file) => file.trim(), () => undefined);
  if (text === undefined) {
    throw new CliError("file-unreadable", `Read the key in ${path} and could not`, {
      fix:
        "Start the host once with `berth serve`: it makes the key. It can be read by the host's user only.",
    });
  }
  screen.result({ key: text, path }, () => text);
}

function registerKeyCommands(key: Command, session: Session): void {
  const ls = key.command("ls").description("List a device's keys; their texts are kept nowhere.");
  deviceOptions(ls).action(async (_options: unknown, self: Command) => {
    const screen = session.screen(self);
    const keys = await (await session.client(self)).keys();
    if (screen.json) return screen.result({ keys }, () => "");
    const rows = keys.map(({ name, scopes, createdMs }) => [
      screen.colours.bold(name),
      scopes.join(", "),
      createdMs ? new Date(createdMs).toISOString() : "",
    ]);
    screen.line(await screen.table(["NAME", "MAY", "SINCE"], rows));
  });
  const create = key.command("new").description("Make a key. Its text is shown once.")
    .argument("<name>", "what it is for; it stands in the audit log")
    .addOption(
      new Option("--scope <scope>", "what it may do: each includes those before").choices(SCOPES).default(
        "deploy",
      ),
    );
  deviceOptions(create).action(async (name: string, options: { scope: string }, self: Command) => {
    const screen = session.screen(self);
    const made = await (await session.client(self)).createKey(name, [options.scope]);
    screen.result(made, () => made.key);
    if (!screen.json) screen.note(`${screen.noteColours.yellow("!")} Keep it now: it is shown this once.`);
  });
  registerSigningKey(key, session);
  const rm = key.command("rm").description("Take a key back; it works no more.").argument(
    "<name>",
    "the key's name, as `berth key ls` shows it",
  );
  deviceOptions(rm).action(async (name: string, _options: unknown, self: Command) => {
    const screen = session.screen(self);
    await (await session.client(self)).removeKey(name);
    screen.result({ removed: name }, () => `${screen.colours.green("✔")} the key ${name} works no more`);
  });
}

function registerSigningKey(key: Command, session: Session): void {
  key.command("new-signing").description("Make a pair of keys to sign images with; it stays on this machine.")
    .argument("<name>", "who signs; hosts show it")
    .option("-o, --output <file>", "where the private key goes  (default: <name>.key)")
    .option("--json", "print JSON")
    .action(async (name: string, options: { output?: string }, self: Command) => {
      const { newSigningKeys, parseTrustedKeys } = await import("../../../mod.ts");
      const screen = session.screen(self);
      const pair = await newSigningKeys();
      const line = `${name} ${pair.publicKey}`;
      parseTrustedKeys(line); // a host must be able to read the name
      const path = resolve(session.io.cwd, options.output ?? `${name}.key`);
      try {
        await Deno.writeTextFile(path, pair.privateKey, { createNew: true, mode: 0o600 });
      } catch (error) {
        if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
        throw new CliError("folder-taken", `Tried to write ${path}, which is there already`);
      }
      screen.result({ name, publicKey: pair.publicKey, path }, () => line);
      screen.note(`The private key is in ${path}. Put the line above into the file of: berth serve --trust`);
    });
}
