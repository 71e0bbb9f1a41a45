/** JSON as a manifest needs it: no key twice, bounded depth, errors that say where. */

/** Why a text is not accepted; the message is fit for its author. */
export class JsonError extends Error {
  override readonly name = "JsonError";
}

const DEPTH_MAX = 32;

/**
 * Parses UTF-8 JSON. `JSON.parse` takes the last of two equal keys, so that a reviewer and the host could read
 * two manifests in one file: here that is an error.
 */
export function parseJson(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new JsonError("it is not UTF-8 text; save it as UTF-8");
  }
  if (text.trim() === "") throw new JsonError("it is empty");
  checkDepth(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new JsonError(`it is not JSON: ${place(text, String((error as Error).message))}`);
  }
  checkKeys(text);
  return value;
}

/** V8 names the position; lines and columns are what editors show. */
function place(text: string, message: string): string {
  const position = /at position (\d+)/.exec(message)?.[1];
  if (position === undefined) {
    const token = /^Unexpected token (.{1,12}?), /.exec(message)?.[1];
    if (token !== undefined) return `unexpected ${token}`;
    return message.includes("end of JSON") ? "it ends too early" : message.slice(0, 120);
  }
  const before = text.slice(0, Number(position)).split("\n");
  const what = message.slice(0, message.indexOf(" in JSON")).slice(0, 80);
  return `${what} (line ${before.length}, column ${(before[before.length - 1] ?? "").length + 1})`;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/g;

/** Before parsing, so that the parser's stack is not at the mercy of the text. */
function checkDepth(text: string): void {
  let depth = 0;
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === "{" || token === "[") depth++;
    else if (token === "}" || token === "]") depth--;
    if (depth > DEPTH_MAX) throw new JsonError(`it is nested more than ${DEPTH_MAX} deep`);
  }
}

/** The text is known to be valid here, so a string after `{` or `,` in an object is a key. */
function checkKeys(text: string): void {
  const stack: (Set<string> | null)[] = [];
  let previous = "";
  for (const [token] of text.matchAll(TOKEN)) {
    const keys = stack[stack.length - 1];
    if (token === "{") stack.push(new Set());
    else if (token === "[") stack.push(null);
    else if (token === "}" || token === "]") stack.pop();
    else if (token.startsWith('"') && keys && (previous === "{" || previous === ",")) {
      const key = JSON.parse(token) as string;
      if (keys.has(key)) throw new JsonError(`the key "${key}" is there twice; keep one`);
      keys.add(key);
    }
    previous = token;
  }
}
