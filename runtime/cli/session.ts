/** What every command starts from: its options, a screen, and the device when it needs one. */
import type { Command } from "commander";
import { DeviceClient } from "./client.ts";
import { chooseDevice, type Device, type DeviceChoice } from "./device.ts";
import type { Io } from "./io.ts";
import { Screen } from "./screen.ts";

/** One invocation of `berth`. */
export class Session {
  /** What the process ends with; a command sets it when it ends neither well nor with an error. */
  exitCode = 0;
  /** Set by a command that ends by itself, and in order, on Ctrl-C. */
  endsItself = false;
  #screen: Screen | undefined;

  /** @param json whether the output is for a program, where that is known before a command asks */
  constructor(readonly io: Io, json?: boolean) {
    if (json !== undefined) this.#screen = new Screen(io, json);
  }

  /** The screen; JSON or not is decided by the first command that asks. */
  screen(command?: Command): Screen {
    return this.#screen ??= new Screen(this.io, command ? allOptions(command)["json"] === true : false);
  }

  /** The device that the options and the environment choose. */
  device(command: Command): Promise<Device> {
    return chooseDevice(this.io, allOptions(command) as DeviceChoice); // declared by deviceOptions below
  }

  /** A client for that device. */
  async client(command: Command, signal: AbortSignal = this.io.interrupted): Promise<DeviceClient> {
    return new DeviceClient(await this.device(command), signal);
  }
}

/** Options of a command and, below them, those given before it (`berth --json ls`). */
function allOptions(command: Command): Record<string, unknown> {
  const above = command.parent ? allOptions(command.parent) : {};
  return { ...above, ...command.opts() };
}

/** Adds the options by which a device is chosen. */
export function deviceOptions(command: Command): Command {
  return command
    .option(
      "--host <address>",
      "the device: a name, host:port or http://…  (default: $EDGE_ENGINE_URI, else this machine)",
    )
    .option("--key <key>", "its API key  (default: $BERTH_API_KEY, else that of the data folder here)")
    .option("--data <folder>", "the data folder of the host on this machine, for its key")
    .option("--client-id <id>", "act as this client  (default: $BERTH_CLIENT_ID)")
    .option("--json", "print JSON");
}

/** Adds examples to a help page, each with what it does. */
export function examples(command: Command, lines: readonly (readonly [string, string])[]): Command {
  const width = Math.max(...lines.map(([line]) => line.length));
  const text = lines.map(([line, what]) => `  ${line.padEnd(width)}   ${what}`.trimEnd()).join("\n");
  return command.addHelpText("after", `\nExamples:\n${text}`);
}

/** An option's value `KEY=VALUE`, collected into a record; `form` is how a message shows it. */
export function collectPairs(what: string, fail: (detail: string) => never, form = "NAME=VALUE") {
  return (text: string, before: Record<string, string> = {}): Record<string, string> => {
    const at = text.indexOf("=");
    if (at < 1) fail(`${what} is written ${form}, and this is ${JSON.stringify(text)}`);
    return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
  };
}
