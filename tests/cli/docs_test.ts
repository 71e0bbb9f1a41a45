/** What the pages tell people to type exists: commands, their options, tasks; and links lead somewhere. */
import { assertEquals } from "@std/assert";
import { dirname, join, normalize } from "@std/path";
import type { Command } from "commander";
import { processIo } from "../../runtime/cli/io.ts";
import { createProgram } from "../../runtime/cli/main.ts";
import { Session } from "../../runtime/cli/session.ts";

const ROOT = normalize(join(import.meta.dirname ?? "", "../.."));

function pages(): string[] {
  const git = new Deno.Command("git", { args: ["ls-files", "*.md"], cwd: ROOT }).outputSync();
  // Templates name a project that is made later.
  return new TextDecoder().decode(git.stdout).split("\n").filter((name) =>
    name !== "" && !name.includes("/templates/")
  );
}

const read = (page: string) => Deno.readTextFileSync(join(ROOT, page));
const program = await createProgram(new Session(processIo()));

/** The words behind `berth`, in blocks of shell and in code between backquotes. */
function* berthLines(text: string): Generator<string> {
  for (const [, block = ""] of text.matchAll(/```(?:sh|shell|bash)?\n([^]*?)```/g)) {
    for (const line of block.replaceAll("\\\n", " ").split("\n")) {
      const [, words] =
        /^\s*(?:\$ )?(?:deno task berth|deno run -A cli\.ts|berth)\s+([a-z][^#|>&]*)/.exec(line) ?? [];
      if (words) yield words;
    }
  }
  for (const [, words = ""] of text.matchAll(/`berth ([a-z][^`]*)`/g)) yield words;
}

/** What is wrong with a line; nothing when all in it is known. */
function problemOf(line: string): string | undefined {
  const words = line.trim().split(/\s+/);
  let command: Command = program;
  const names: string[] = [];
  while (names.length < words.length) {
    const word = words[names.length] ?? "";
    const below = command.commands.find((each) => each.name() === word || each.aliases().includes(word));
    if (!below) break;
    command = below;
    names.push(word);
  }
  if (command === program) return `no command ${words[0]}`;
  const known = new Set<string | undefined>(["--help", "-h"]);
  for (let each: Command | null = command; each; each = each.parent) {
    for (const { long, short } of each.options) known.add(long).add(short);
  }
  const unknown = words.slice(names.length).map((word) => /^-{1,2}[a-z][\w-]*/i.exec(word)?.[0])
    .find((option) => option !== undefined && !known.has(option));
  return unknown && `${names.join(" ")} has no ${unknown}`;
}

Deno.test("every berth command that a page names exists, with its options", () => {
  let seen = 0;
  const wrong: string[] = [];
  for (const page of pages()) {
    for (const line of berthLines(read(page))) {
      seen++;
      const problem = problemOf(line);
      if (problem) wrong.push(`${page}: ${line.trim()}: ${problem}`);
    }
  }
  assertEquals(wrong, []);
  assertEquals(seen > 60, true, String(seen));
  assertEquals(problemOf("logs counter --folow"), "logs has no --folow");
  assertEquals(problemOf("depoly"), "no command depoly");
});

Deno.test("every task that a page names exists", () => {
  const { tasks }: { tasks: Record<string, string> } = JSON.parse(read("deno.json"));
  const wrong = pages().flatMap((page) =>
    [...read(page).matchAll(/deno(?:@[\d.]+)? task (?:-- )?([a-z]+)/g)].map(([, task = ""]) => task)
      .filter((task) => !(task in tasks)).map((task) => `${page}: ${task}`)
  );
  assertEquals(wrong, []);
});

Deno.test("links and paths of scripts lead to files", () => {
  const wrong: string[] = [];
  const exists = (path: string) => {
    try {
      return Deno.statSync(join(ROOT, path)) !== undefined;
    } catch {
      return false;
    }
  };
  for (const page of pages()) {
    const text = read(page).replaceAll(/```[^]*?```/g, "");
    for (const [, target = ""] of text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
      if (!/^[a-z]+:/.test(target) && !exists(join(dirname(page), target))) {
        wrong.push(`${page} -> ${target}`);
      }
    }
    for (const [, script = ""] of read(page).matchAll(/deno (?:run|test|bench) -A ([\w/]+\.ts)/g)) {
      if (!exists(script)) wrong.push(`${page} -> ${script}`);
    }
  }
  assertEquals(wrong, []);
});
