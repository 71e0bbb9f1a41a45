/** Adds a capability to a manifest's text: only what must change is changed, the author's layout stays. */
import { CAPABILITY_NAMES } from "../../capabilities/capability.ts";

/** A JSON value and where it stands in its text. */
interface Node {
  readonly start: number;
  readonly end: number;
  /** The value itself. */
  readonly value: unknown;
  /** Of an object: its members, in their order. */
  readonly members?: readonly Member[];
  /** Of an array: its items. */
  readonly items?: readonly Node[];
}

interface Member {
  readonly key: string;
  readonly start: number;
  readonly node: Node;
}

/** The capability that a line of a denial names, and its value; nothing when the line is only a hint for people. */
export interface CapabilityLine {
  readonly name: string;
  readonly value: unknown;
}

/**
 * Reads a line such as `"http": {"allow": ["https://example.com"]}`. It may hold text of the guest's, so it is
 * read as JSON and taken only when it is one member with the name of a capability.
 */
export function readCapabilityLine(line: string): CapabilityLine | undefined {
  let value: unknown;
  try {
    value = JSON.parse(`{${line}}`);
  } catch {
    return undefined; // "[…]": only the author knows what belongs there
  }
  const members = Object.entries(value as Record<string, unknown>); // braces around it: an object
  const [only] = members;
  if (members.length !== 1 || !only || !(CAPABILITY_NAMES as readonly string[]).includes(only[0])) {
    return undefined;
  }
  return { name: only[0], value: only[1] };
}

/**
 * The manifest's text with the capability in it; joined with what is there: lists get what they lack.
 * @param text a valid manifest; with a byte order mark or CR LF it keeps them
 */
export function addCapability(text: string, { name, value }: CapabilityLine): string {
  const root = parse(text);
  const capabilities = root.members?.find(({ key }) => key === "capabilities")?.node;
  if (!capabilities?.members) return merge(text, root, { capabilities: { [name]: value } });
  return merge(text, capabilities, { [name]: value });
}

/** The text with every member of `wanted` in the object at `node`. */
function merge(text: string, node: Node, wanted: Readonly<Record<string, unknown>>): string {
  let changed = text;
  // From the back, so that the positions in front stay right.
  const present = Object.entries(wanted)
    .map(([key, value]) => ({ key, value, at: node.members?.find((member) => member.key === key)?.node }))
    .sort((a, b) => (b.at?.start ?? Infinity) - (a.at?.start ?? Infinity));
  for (const { key, value, at } of present) {
    if (at === undefined) changed = insertMember(changed, parseAt(changed, node.start), key, value);
    else changed = mergeValue(changed, at, value);
  }
  return changed;
}

function mergeValue(text: string, at: Node, wanted: unknown): string {
  if (at.members && isRecord(wanted)) return merge(text, at, wanted);
  if (at.items && Array.isArray(wanted)) {
    return wanted.reduce<string>((changed, item) => {
      const now = parseAt(changed, at.start);
      const there = now.items?.some((each) => JSON.stringify(each.value) === JSON.stringify(item));
      return there ? changed : insertItem(changed, now, item);
    }, text);
  }
  return text.slice(0, at.start) + spaced(wanted) + text.slice(at.end);
}

function insertMember(text: string, object: Node, key: string, value: unknown): string {
  return insert(text, object, (object.members ?? []).map(({ start, node }) => ({ start, end: node.end })), {
    indented: `${JSON.stringify(key)}: ${spaced(value)}`,
    braces: ["{ ", " }"],
  });
}

function insertItem(text: string, array: Node, value: unknown): string {
  return insert(text, array, array.items ?? [], { indented: spaced(value), braces: ["[", "]"] });
}

/** Puts a part behind the last one of an object or list: on a line of its own where the others are. */
function insert(
  text: string,
  whole: Node,
  parts: readonly { readonly start: number; readonly end: number }[],
  { indented, braces: [open, close] }: {
    readonly indented: string;
    readonly braces: readonly [string, string];
  },
): string {
  const last = parts.at(-1);
  if (!last) return text.slice(0, whole.start) + open + indented + close + text.slice(whole.end);
  const lead = /(\r?\n[ \t]*)$/.exec(text.slice(0, last.start))?.[1];
  return `${text.slice(0, last.end)},${lead ?? " "}${indented}${text.slice(last.end)}`;
}

/** JSON as the templates write it: on one line, with room. */
function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(", ")}]`;
  if (!isRecord(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}: ${spaced(each)}`);
  return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parse(text: string): Node {
  return parseAt(text, text.search(/[^\s\uFEFF]/));
}

const SCALAR = /"(?:[^"\\]|\\.)*"|[^\s,\]}]+/y;
const GAP = /[\s,:]*/y;

/** Positions in a text that is known to be JSON: `JSON.parse` has looked at it before. */
function parseAt(text: string, start: number): Node {
  const skip = (at: number) => {
    GAP.lastIndex = at;
    return at + (GAP.exec(text)?.[0].length ?? 0);
  };
  const open = text[start];
  if (open !== "{" && open !== "[") {
    SCALAR.lastIndex = start;
    const token = SCALAR.exec(text)?.[0] ?? "";
    return { start, end: start + token.length, value: JSON.parse(token) };
  }
  const members: Member[] = [], items: Node[] = [];
  let at = skip(start + 1);
  while (text[at] !== "}" && text[at] !== "]") {
    const first = parseAt(text, at);
    if (open === "[") items.push(first);
    else members.push({ key: String(first.value), start: at, node: parseAt(text, skip(first.end)) });
    at = skip(members.at(-1)?.node.end ?? items.at(-1)?.end ?? text.length);
  }
  const value = JSON.parse(text.slice(start, at + 1));
  return open === "[" ? { start, end: at + 1, value, items } : { start, end: at + 1, value, members };
}
