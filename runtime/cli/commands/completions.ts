/** `berth completions`: scripts for shells, made from the commands themselves. */
import { Argument, type Command } from "commander";
import { examples, type Session } from "../session.ts";

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
  examples(command, [
    ["berth completions bash > ~/.local/share/bash-completion/completions/berth", ""],
    ["berth completions zsh > ~/.zfunc/_berth", "with ~/.zfunc in fpath"],
    ["berth completions fish > ~/.config/fish/completions/berth.fish", ""],
  ]);
}

/** A command's name, what it does, and its long options. */
interface Words {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly string[];
}

function wordsOf(program: Command): Words[] {
  return program.commands.map((command) => ({
    name: command.name(),
    summary: command.description().split(". ")[0]?.replace(/\.$/, "") ?? "",
    options: command.options.flatMap((option) => option.long ? [option.long] : []),
  }));
}

const SCRIPTS: Readonly<Record<typeof SHELLS[number], (words: readonly Words[]) => string>> = {
  bash: (words) =>
    `_berth() {
  local word=\${COMP_WORDS[COMP_CWORD]}
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${words.map(({ name }) => name).join(" ")}" -- "$word"))
    return
  fi
  case "$word" in
    -*)
      case "\${COMP_WORDS[1]}" in
${
      words.map(({ name, options }) =>
        `        ${name}) COMPREPLY=($(compgen -W "${options.join(" ")}" -- "$word")) ;;`
      ).join("\n")
    }
      esac ;;
    *) COMPREPLY=($(compgen -f -- "$word")) ;;
  esac
}
complete -F _berth berth`,
  zsh: (words) =>
    `#compdef berth
_berth() {
  local -a commands
  commands=(
${words.map(({ name, summary }) => `    '${name}:${quote(summary)}'`).join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  case $words[2] in
${words.map(({ name, options }) => `    ${name}) compadd -- ${options.join(" ")}; _files ;;`).join("\n")}
  esac
}
_berth "$@"`,
  fish: (words) =>
    words.flatMap(({ name, summary, options }) => [
      `complete -c berth -n __fish_use_subcommand -a ${name} -d '${quote(summary)}'`,
      ...options.map((option) =>
        `complete -c berth -n '__fish_seen_subcommand_from ${name}' -l ${option.slice(2)}`
      ),
    ]).join("\n"),
};

function quote(text: string): string {
  return text.replaceAll("'", "").replaceAll(":", "\\:");
}
