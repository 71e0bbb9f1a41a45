/** Finds the messages of errors in the sources: the calls whose first argument is a code of a table. */
import { join } from "@std/path";

/** A message as the source has it. */
export interface Message {
  readonly code: string;
  /** The text, with `{name}` for what is filled in. */
  readonly text: string;
  /** The file, from the top of the project. */
  readonly file: string;
}

const LITERAL = /"(?:[^"\\]|\\.)*"|`(?:[^`\\$]|\\.|\$(?!\{)|\$\{(?:[^{}`]|`[^`]*`|\{[^{}]*\})*\})*`/g;

/**
 * The messages of a source: of calls `NAME("code", message …)`, where `callee` takes the name, and of rows
 * `[…, "code", "message"]` of tables.
 *
 * @param only what must stand right before the code, where that matters
 */
export function messagesOf(
  source: string,
  file: string,
  callee: RegExp,
  known: (code: string) => boolean,
  only?: RegExp,
): Message[] {
  const found: Message[] = [];
  const add = (code: string, from: number, before = "") => {
    const argument = firstArgument(source.slice(from));
    const texts = /^\w+$/.test(argument.trim()) ? resolved(source, argument.trim(), from) : textsOf(argument);
    for (const text of texts) if (text !== "") found.push({ code, text: before + text, file });
  };
  for (const match of source.matchAll(/(?:\b(\w+)(?:<[\w ]+>)?\(|\/[a-z]*,)\s*"([a-z]+(?:-[a-z]+)*)",\s*/g)) {
    const [whole, name = "", code = ""] = match;
    if (!known(code) || !callee.test(name) || (only && !only.test(whole))) continue;
    add(code, match.index + whole.length, name === "" ? "{attempt}: " : "");
  }
  // Helpers that stand for one code.
  if (only || /function refuseEntry/.test(source)) return found;
  for (const match of source.matchAll(/\brefuseEntry\([^,]+, /g)) {
    if (known("tar-entry-refused")) add("tar-entry-refused", match.index + match[0].length, "entry {name}: ");
  }
  if (file.startsWith("runtime/cli/commands/")) {
    for (const match of source.matchAll(/\bwrong\(\s*(?=["`])/g)) add("usage", match.index + match[0].length);
  }
  return found;
}

/** What a name stands for that is handed on: a constant before it, or what the callers of its function give. */
function resolved(source: string, name: string, at: number): string[] {
  const before = source.slice(0, at);
  const constant = before.lastIndexOf(`const ${name} = `), helper = lastHelper(before);
  if (constant > (helper?.index ?? -1)) {
    return textsOf(before.slice(constant, before.indexOf(";\n", constant)));
  }
  if (!helper?.parameters.includes(name)) return [];
  return [...source.matchAll(new RegExp(`(?<!function )\\b${helper.name}\\(\\s*(?=["\`])`, "g"))]
    .flatMap((match) => textsOf(firstArgument(source.slice(match.index + match[0].length))));
}

/** The function that a place is in. */
function lastHelper(before: string) {
  const last = [...before.matchAll(/(?:const (\w+) = |function (\w+))\(([^)]*)\)/g)].at(-1);
  return last && { name: last[1] ?? last[2] ?? "", parameters: last[3] ?? "", index: last.index };
}

/** Up to the comma or parenthesis that ends it. */
function firstArgument(rest: string): string {
  let depth = 0;
  for (let at = 0; at < rest.length; at++) {
    LITERAL.lastIndex = at;
    const char = rest[at] ?? "";
    if (char === '"' || char === "`") {
      const literal = LITERAL.exec(rest);
      if (literal?.index === at) at += literal[0].length - 1;
    } else if ("([{".includes(char)) depth++;
    else if (")]}".includes(char) && depth-- === 0) return rest.slice(0, at);
    else if (char === "," && depth === 0) return rest.slice(0, at);
  }
  return rest;
}

/** The texts of an expression: its literals in a row, or each for itself where one of them is chosen. */
function textsOf(expression: string): string[] {
  LITERAL.lastIndex = 0;
  const literals = [...expression.matchAll(LITERAL)].map(([literal]) => plain(literal));
  if (literals.length === 0) return [];
  return /\?/.test(expression.replaceAll(LITERAL, "")) ? literals : [literals.join("")];
}

function plain(literal: string): string {
  const inner = literal.slice(1, -1);
  return inner.replaceAll(
    /\$\{((?:[^{}`]|`[^`]*`|\{[^{}]*\})*)\}/g,
    (_whole, expression: string) => `{${lastName(expression)}}`,
  ).replaceAll(/\\(["`\\])/g, "$1").replaceAll("\\n", " ");
}

/** What is filled in, in a word: the last name of the expression. */
function lastName(expression: string): string {
  const names = expression.replaceAll(/"[^"]*"|`[^`]*`/g, "").match(/[A-Za-z]\w*/g) ?? [];
  return names.findLast((name) =>
    !["undefined", "String", "JSON", "stringify", "length", "join", "toString", "message"].includes(name)
  ) ?? "…";
}

/** The TypeScript sources below some folders, tests left out. */
export function* sources(
  root: string,
  folders: readonly string[],
): Generator<readonly [file: string, text: string]> {
  for (const folder of folders) {
    for (const entry of [...Deno.readDirSync(join(root, folder))].sort((a, b) => a.name < b.name ? -1 : 1)) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory && !/^(templates|sdk|assets|node_modules|testing)$/.test(entry.name)) {
        yield* sources(root, [path]);
      } else if (/(?<!_test|_bench|_task|_fuzz|testing)\.ts$/.test(entry.name)) {
        yield [path, Deno.readTextFileSync(join(root, path))];
      }
    }
  }
}
