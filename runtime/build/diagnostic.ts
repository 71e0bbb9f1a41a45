/** What compilers say, as data: one record for each error and warning, whatever tool said it. */

/** One error, warning or note of a compiler. */
export interface Diagnostic {
  readonly severity: "error" | "warning" | "note";
  /** As the compiler named it, relative to the project; "" when it concerns no file. */
  readonly file: string;
  /** Counted from 1; 0 when unknown. */
  readonly line: number;
  /** Counted from 1; 0 when unknown. */
  readonly column: number;
  readonly message: string;
}

// deno-lint-ignore no-control-regex -- colour codes begin with the escape character
const COLOUR = /\x1b\[[0-9;]*[A-Za-z]/g;

/** The text without terminal colours. */
export function plain(text: string): string {
  return text.replace(COLOUR, "");
}

/** Reads what clang, zig and go print: `file:line:column: severity: message`; go leaves the severity out. */
export function clangDiagnostics(output: string): Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const line of plain(output).split("\n")) {
    const at = /^(\S[^:]*):(\d+):(\d+): (?:(fatal error|error|warning|note): )?(.*)$/.exec(line);
    if (at) {
      found.push(diagnostic(at[4] ?? "error", at[1], at[2], at[3], at[5]));
      continue;
    }
    const bare = /^(?:clang(?:\+\+)?|wasm-ld|ld\.lld): (error|warning): (.*)$/.exec(line);
    if (bare) found.push(diagnostic(bare[1], "", "0", "0", bare[2]));
  }
  return found;
}

/** How cargo and zig sum up what they have said before: no errors of their own. */
const SUMMARY =
  /^(?:could not compile |aborting due to |the following build command failed|\d+ compilation errors?$)/;

/** Reads what asc and cargo print: the message first, the place on a line of its own below it. */
export function headedDiagnostics(output: string): Diagnostic[] {
  const found: Diagnostic[] = [];
  let open: Diagnostic | undefined;
  for (const line of plain(output).split("\n")) {
    const head = /^\s*(error|warning|ERROR|WARNING)(?:\[\w+\]| \w+)?: (.*)$/.exec(line);
    if (head && !(SUMMARY.test(head[2] ?? "") && found.length > 0)) {
      open = diagnostic(head[1], "", "0", "0", head[2]);
      found.push(open);
      continue;
    }
    const place = /(?:-->|in) ([^\s(]+?)(?::(\d+):(\d+)|\((\d+),(\d+)\))/.exec(line);
    if (place && open?.file === "") {
      const at = found.length - 1;
      open = diagnostic(open.severity, place[1], place[2] ?? place[4], place[3] ?? place[5], open.message);
      found[at] = open;
    }
  }
  return found;
}

/** One line for people and editors: `src/main.cpp:3:7: error: …`. */
export function diagnosticLine(item: Diagnostic): string {
  const place = item.file === "" ? "" : `${item.file}:${item.line}:${item.column}: `;
  return `${place}${item.severity}: ${item.message}`;
}

function diagnostic(severity = "error", file = "", line = "0", column = "0", message = ""): Diagnostic {
  const kind = severity.toLowerCase();
  return {
    severity: kind === "warning" || kind === "note" ? kind : "error",
    file,
    line: Number(line),
    column: Number(column),
    message: message.trim(),
  };
}
