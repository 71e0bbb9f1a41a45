/** `berth completions`: scripts for shells, made from the commands themselves; names of services come from the device. */
import { Argument, type Command } from "commander";
import { BerthError } from "../../error.ts";
import { readDevices } from "../devices_file.ts";
import { deviceOptions, examples, type Session } from "../session.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;

/** Adds the command. */
export function registerCompletions(program: Command, session: Session): void {
  const command = program.command("completions").description(
    "Print a script that completes berth's commands.",
  )
    .addArgument(new Argument("<shell>", "your shell").choices(SHELLS))
    .action((shell: typeof SHELLS[number]) => {
      session.screen().line(SCRIPTS[shell](wordsOf(program)));
    });
  registerNames(program, session);
  examples(command, [
    ['eval "$(berth completions bash)"', "in ~/.bashrc"],
    ['eval "$(berth completions zsh)"', "in ~/.zshrc, below compinit"],
    ["berth completions fish | source", "in ~/.config/fish/config.fish"],
  ]);
}

/** What the scripts ask for while one types: nothing but names, and no word about a device that does not answer. */
function registerNames(program: Command, session: Session): void {
  const names = program.command("complete-names", { hidden: true })
    .addArgument(new Argument("<kind>", "what is to be named").choices(["service", "image", "device"]));
  deviceOptions(names).action(async (kind: string, _options: unknown, self: Command) => {
    const screen = session.screen(self);
    try {
      for (const name of await namesOf(kind, session, self)) if (/^[\w.:@-]+$/.test(name)) screen.line(name);
    } catch (error) {
      if (!(error instanceof BerthError) && !(error instanceof DOMException)) throw error;
    }
  });
}

/** A shell waits for this: a device that takes longer has no names. */
const PATIENCE_MS = 1_500;

async function namesOf(kind: string, session: Session, self: Command): Promise<readonly string[]> {
  if (kind === "device") return Object.keys(await readDevices(session.io));
  const client = await session.client(self, AbortSignal.timeout(PATIENCE_MS));
  const named = kind === "image" ? await client.images() : await client.services();
  return named.map(({ name }) => name);
}

/** A command's name, what it does, its long options, and what its argument names. */
interface Words {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly string[];
  /** Commands below it. */
  readonly below: readonly string[];
  readonly names: "service" | "image" | "";
}

function wordsOf(program: Command): Words[] {
  const shown = program.commands.filter((command) => command.name() !== "complete-names");
  return shown.map((command) => ({
    name: command.name(),
    below: command.commands.map((each) => each.name()),
    names: NAMED[command.registeredArguments[0]?.name() ?? ""] ??
      (command.name() === "images" ? "image" : ""),
    summary: command.description().split(". ")[0]?.replace(/\.$/, "") ?? "",
    options: command.options.flatMap((option) => option.long ? [option.long] : []),
  }));
}

/** What an argument of this name names. */
const NAMED: Readonly<Record<string, "service" | "image">> = { "service": "service", "image": "image" };

const SCRIPTS: Readonly<Record<typeof SHELLS[number], (words: readonly Words[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

function bashScript(words: readonly Words[]): string {
  const cases = words.map(({ name, options, below, names }) =>
    `    ${name}) options="${options.join(" ")}"; below="${below.join(" ")}"; kind="${names}" ;;`
  ).join("\n");
  return `_berth() {
  local word=\${COMP_WORDS[COMP_CWORD]} options="" below="" kind=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${words.map(({ name }) => name).join(" ")}" -- "$word"))
    return
  fi
  if [ "\${COMP_WORDS[COMP_CWORD-1]}" = --host ]; then
    COMPREPLY=($(compgen -W "$(berth complete-names device 2>/dev/null)" -- "$word"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases}
  esac
  case "$word" in
    -*) COMPREPLY=($(compgen -W "$options" -- "$word")); return ;;
  esac
  if [ -n "$below" ] && [ "$COMP_CWORD" -eq 2 ]; then
    COMPREPLY=($(compgen -W "$below" -- "$word"))
  elif [ -n "$kind" ]; then
    COMPREPLY=($(compgen -W "$(berth complete-names "$kind" 2>/dev/null)" -- "$word"))
  else
    COMPREPLY=($(compgen -f -- "$word"))
  fi
}
complete -F _berth berth`;
}

function zshScript(words: readonly Words[]): string {
  const cases = words.map(({ name, options, below, names }) => {
    const named = names === ""
      ? "_files"
      : `compadd -- \${(f)"$(berth complete-names ${names} 2>/dev/null)"}`;
    const rest = below.length > 0
      ? `if (( CURRENT == 3 )); then compadd -- ${below.join(" ")}; else ${named}; fi`
      : named;
    return `    ${name}) if [[ $words[CURRENT] == -* ]]; then compadd -- ${
      options.join(" ")
    }; else ${rest}; fi ;;`;
  }).join("\n");
  return `#compdef berth
_berth() {
  local -a below
  below=(
${words.map(({ name, summary }) => `    '${name}:${quote(summary)}'`).join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe command below
    return
  fi
  if [[ $words[CURRENT-1] == --host ]]; then
    compadd -- \${(f)"$(berth complete-names device 2>/dev/null)"}
    return
  fi
  case $words[2] in
${cases}
  esac
}
# Read by \`eval\`, or found as a file in fpath, which is itself the function's first call.
if [[ \${funcstack[1]-} == _berth ]]; then _berth "$@"; else compdef _berth berth; fi`;
}

function fishScript(words: readonly Words[]): string {
  const host = `complete -c berth -l host -x -a '(berth complete-names device 2>/dev/null)'`;
  return [
    "complete -c berth -f -n __fish_use_subcommand",
    ...words.flatMap(({ name, summary, options, below, names }) => {
      const seen = `complete -c berth -n '__fish_seen_subcommand_from ${name}'`;
      return [
        `complete -c berth -n __fish_use_subcommand -a ${name} -d '${quote(summary)}'`,
        ...(below.length > 0 ? [`${seen} -a '${below.join(" ")}'`] : []),
        ...(names === "" ? [] : [`${seen} -f -a '(berth complete-names ${names} 2>/dev/null)'`]),
        ...options.filter((option) => option !== "--host").map((option) => `${seen} -l ${option.slice(2)}`),
      ];
    }),
    host,
  ].join("\n");
}

function quote(text: string): string {
  return text.replaceAll("'", "").replaceAll(":", "\\:");
}
