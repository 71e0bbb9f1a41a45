/** Finds functions and their lengths by braces, in formatted source: good enough to hold a limit. */

/** A function and how many lines it takes. */
export interface FunctionLength {
  readonly name: string;
  readonly line: number;
  readonly lines: number;
}

const HEAD =
  /^(\s*)(?:export )?(?:default )?(?:(?:async )?function\*? ?(\w*)|(?:public |private |static |override |async |get |set |\*)*(#?\w+)\(.*|(?:const|let) (\w+) = (?:async )?(?:\(.*|\w+ =>.*))/;

/** The functions of a formatted file; a body ends at the first line with the head's indentation and a brace. */
export function functionLengths(text: string): FunctionLength[] {
  const lines = text.split("\n");
  const found: FunctionLength[] = [];
  lines.forEach((line, index) => {
    const head = HEAD.exec(line);
    if (!head || /^\s*(if|for|while|switch|return|catch|else|do|super|throw|await|new)\b/.test(line)) return;
    const indent = head[1]!;
    const open = lines.findIndex((candidate, at) => at >= index && /\{\s*$/.test(candidate));
    const signatureEnds = open >= 0 && lines.slice(index, open).every((part) => !/;\s*$/.test(part));
    if (!signatureEnds || open - index > 12) return;
    const close = lines.findIndex((candidate, at) =>
      at > open && new RegExp(`^${indent}\\}`).test(candidate)
    );
    if (close < 0) return;
    const name = head[2] || head[3] || head[4] || "anonymous";
    found.push({ name, line: index + 1, lines: close - index + 1 });
  });
  return found;
}
