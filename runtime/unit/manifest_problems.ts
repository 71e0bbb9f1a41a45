/** Turns what the schema found into sentences: the key, what is wrong with it, what would be right. */
import type { z } from "zod";
import { CAPABILITY_NAMES } from "../../capabilities/capability.ts";
import { LIMITS } from "../limits.ts";
import { nearest } from "./nearest.ts";

/** One thing that is wrong with a manifest. */
export interface ManifestProblem {
  /** The path of the key: `capabilities.files.mounts[0].guest`; "" for the whole. */
  readonly key: string;
  readonly problem: string;
  /** What would be right; "" where the problem says it. */
  readonly fix: string;
}

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** All problems; unknown keys first, since a missing key is often a misspelt one. */
export function explain(issues: readonly Issue[], schema: z.ZodType, value: unknown): ManifestProblem[] {
  const unknown = issues.filter((issue) => issue.code === "unrecognized_keys");
  const others = issues.filter((issue) => issue.code !== "unrecognized_keys");
  return [...unknown, ...others].flatMap((issue) => problems(issue, [], schema, value));
}

function problems(issue: Issue, above: Path, schema: z.ZodType, value: unknown): ManifestProblem[] {
  const path = [...above, ...issue.path];
  const found = at(value, path);
  const key = spell(path);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((name) => unknownKey(name, path, keysAt(schema, path)));
    case "invalid_union":
      return union(issue, path, schema, value);
    case "invalid_key":
      return issue.issues.map((inner) => ({ key, ...verbatim(inner.message) }));
    default:
  }
  if (found === undefined) return [{ key, problem: "is missing", fix: `add it: ${wanted(issue)}` }];
  if (isOwn(issue)) return [{ key, ...verbatim(said(found, issue.message)) }];
  const guess = issue.code === "invalid_value" && typeof found === "string"
    ? nearest(found, issue.values.map(String))
    : undefined;
  const hint = guess === undefined ? "" : `; did you mean "${guess}"?`;
  const example = issue.code === "invalid_type" ? EXAMPLES[key] ?? "" : "";
  return [{ key, problem: `is ${text(found)}`, fix: `it must be ${wanted(issue)}${hint}${example}` }];
}

/** Keys that look as if `true` were enough. */
const EXAMPLES: Readonly<Record<string, string>> = {
  "capabilities.http": ', as in {"allow": ["https://api.example.com"]}',
  "capabilities.files": ', as in {"private": "/data"} or {"mounts": [{"guest": "/logs", "access": "read"}]}',
  "capabilities.services": ', as in {"allow": ["counter"]}',
};

/** Of the shapes that a value may have, the one that it comes nearest to. */
function union(
  issue: Extract<Issue, { code: "invalid_union" }>,
  path: Path,
  schema: z.ZodType,
  value: unknown,
): ManifestProblem[] {
  const depth = (branch: readonly Issue[]) => Math.max(0, ...branch.map((inner) => inner.path.length));
  const best = [...issue.errors].sort((a, b) => depth(b) - depth(a) || a.length - b.length)[0] ?? [];
  const all = issue.errors.flat();
  const shallow = all.length > 0 && all.every((inner) => inner.path.length === 0 && !isOwn(inner));
  if (shallow && all.every((inner) => inner.code !== "unrecognized_keys")) {
    const options = [...new Set(all.map(wanted))].join(", or ");
    return [{ key: spell(path), problem: `is ${text(at(value, path))}`, fix: `it must be ${options}` }];
  }
  return best.flatMap((inner) => problems(inner, path, schema, value));
}

function unknownKey(name: string, path: Path, known: readonly string[]): ManifestProblem {
  const key = spell([...path, name]);
  const guess = nearest(name, known);
  if (guess !== undefined) {
    return { key, problem: "there is no such key", fix: `did you mean "${guess}"?` };
  }
  if (spell(path) === "capabilities" && (CAPABILITY_NAMES as readonly string[]).includes(name)) {
    return { key, problem: "this version of Berth does not have the capability", fix: "leave it out" };
  }
  if (spell(path) === "limits" && name in LIMITS) {
    return { key, problem: "this limit is the operator's alone", fix: "leave it out" };
  }
  const list = known.length === 0 ? "none is allowed here" : `known are ${known.slice(0, 40).join(", ")}`;
  return { key, problem: "there is no such key", fix: list };
}

/** Whether a message was written for the manifest rather than made by zod. */
function isOwn(issue: Issue): boolean {
  return !/^(Invalid|Too|Unrecognized)\b/.test(issue.message);
}

/** The value, and what is to be said of it; a message that names the value itself stands as it is. */
function said(found: unknown, message: string): string {
  const shown = text(found);
  return message.startsWith(shown) ? message : `${shown} ${message}`;
}

function verbatim(message: string): { problem: string; fix: string } {
  const split = message.indexOf("; ");
  return split < 0
    ? { problem: message, fix: "" }
    : { problem: message.slice(0, split), fix: message.slice(split + 2) };
}

/** What an issue asks for, after "must be". */
function wanted(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      return TYPE_WORDS[issue.expected] ?? String(issue.expected);
    case "invalid_value":
      return issue.values.map((value) => JSON.stringify(value)).join(" or ");
    case "too_big":
      return `at most ${issue.maximum}${measure(issue.origin)}`;
    case "too_small":
      return `at least ${issue.minimum}${measure(issue.origin)}`;
    default:
      return issue.message.charAt(0).toLowerCase() + issue.message.slice(1);
  }
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: "text",
  int: "a whole number",
  number: "a number",
  boolean: "true or false",
  object: "an object",
  record: "an object",
  array: "a list",
  null: "null",
};

function measure(origin: string): string {
  return { string: " characters long", array: " entries long", set: " entries long" }[origin] ?? "";
}

/** A value as it is shown in a sentence: short, and nothing in it can forge a line. */
function text(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  const json = JSON.stringify(value) ?? "undefined";
  return json.length > 60 ? `${json.slice(0, 60)}…` : json;
}

/** `a.b[0].c`; a key that is no plain word stands in quotes. */
function spell(path: Path): string {
  return path.map((part, index) => {
    if (typeof part === "number") return `[${part}]`;
    const name = String(part);
    const shown = /^[\w$-]{1,64}$/.test(name) ? name : JSON.stringify(name.slice(0, 64));
    return index === 0 ? shown : `.${shown}`;
  }).join("");
}

function at(value: unknown, path: Path): unknown {
  let here = value;
  for (const part of path) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, part)) return undefined;
    here = (here as Record<PropertyKey, unknown>)[part];
  }
  return here;
}

/** What of a schema's definition is walked; zod has no public walk. */
interface Definition {
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly element?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly options?: readonly z.ZodType[];
}

/** The keys that the schema knows at a path. */
function keysAt(schema: z.ZodType, path: Path): string[] {
  const def = schema.def as unknown as Definition; // every kind of schema has its own type of this
  const inner = def.innerType ?? def.in;
  if (inner) return keysAt(inner, path);
  if (def.options) return [...new Set(def.options.flatMap((option) => keysAt(option, path)))];
  const [part, ...rest] = path;
  if (part === undefined) return Object.keys(def.shape ?? {});
  const next = def.shape?.[String(part)] ?? def.element ?? def.valueType;
  return next ? keysAt(next, rest) : [];
}
