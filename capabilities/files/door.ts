/**
 * The only door for guest paths: from a folder and a path to a name in a folder.
 *
 * The path is walked component by component. `..` never leaves the folder that the walk began in; a link is
 * read and walked in the same way, so what it names lies inside or is refused; the number of links is bounded.
 * The caller then acts on (folder, name) without following anything.
 */
import { CapabilityError } from "../error.ts";
import type { FileKind } from "./files.ts";

/** What the door needs to know of a tree of folders. `Node` is a folder of it, `Found` what a name stands for. */
export interface Walkable<Node, Found extends { readonly kind: FileKind }> {
  /** What a single name in a folder stands for, links not followed; `undefined` when there is nothing. */
  find(folder: Node, name: string): Found | undefined;
  /** The folder behind a name that was found to be one. */
  enter(folder: Node, name: string, found: Found): Node;
  /**
   * The folder at a plain path (no '.', '..', empty part) in which nothing is a link, in one step and free of races;
   * `undefined` when it is not that simple. A tree that cannot do this walks.
   */
  descend?(folder: Node, path: string): Node | undefined;
  /** What a link holds. */
  readLink(folder: Node, name: string, found: Found): string;
}

/** Where a path leads. */
export interface Spot<Node, Found> {
  readonly folder: Node;
  /** The last name; empty when the path leads to the folder itself. */
  readonly name: string;
  readonly found: Found | undefined;
  /** Whether the path demands a folder, by a slash or `.` at its end. */
  readonly slash: boolean;
}

/** Which links in the last place are followed: all, those with a slash behind them, or none. */
export type Follow = "all" | "slash" | "none";

/** As Linux: more links than this in one path is a loop. */
export const LINKS_MAX_COUNT = 40;

/** Throws unless the text can be a path: not empty, no NUL, at most `maxBytes` long as UTF-8. */
export function checkPathText(path: string, maxBytes: number): void {
  if (path.length === 0) throw new CapabilityError("noent", "the path is empty");
  // UTF-16 units are at most a third of the bytes; the exact count only matters for what is near the bound.
  if (path.length > maxBytes || (path.length * 3 > maxBytes && byteLength(path) > maxBytes)) {
    throw new CapabilityError("nametoolong", `the path is longer than ${maxBytes} bytes`);
  }
  if (path.includes("\0")) throw new CapabilityError("invalid", "the path holds a NUL");
}

/** What {@link lastSlash} gives for a path that holds an empty part, '.' or '..'. */
const NOT_PLAIN = -2;

const SLASH = 0x2f;
const DOT = 0x2e;

/** Where the last slash of a plain path is, -1 for a single name. One look at each character: every call does it. */
function lastSlash(path: string): number {
  let slash = -1;
  for (let at = 0; at <= path.length; at++) {
    if (at < path.length && path.charCodeAt(at) !== SLASH) continue;
    const length = at - slash - 1;
    if (length <= 2 && isDots(path, slash + 1, length)) return NOT_PLAIN;
    if (at < path.length) slash = at;
  }
  return slash;
}

/** Whether a part of at most two characters is empty, '.' or '..'. */
function isDots(path: string, start: number, length: number): boolean {
  if (length > 0 && path.charCodeAt(start) !== DOT) return false;
  return length < 2 || path.charCodeAt(start + 1) === DOT;
}

const encoder = new TextEncoder();
const byteLength = (text: string) => encoder.encode(text).length;

const ESCAPES = () => new CapabilityError("notcapable", "the path leads out of its folder");

/**
 * Walks a path.
 * @throws CapabilityError `noent`, `notdir`, `loop`, `nametoolong`, `invalid`, `notcapable` (it leads out)
 */
export function resolve<Node, Found extends { readonly kind: FileKind }>(
  tree: Walkable<Node, Found>,
  base: Node,
  path: string,
  follow: Follow,
  pathMaxBytes: number,
): Spot<Node, Found> {
  checkPathText(path, pathMaxBytes);
  const cut = lastSlash(path);
  if (cut === -1) {
    const found = tree.find(base, path);
    if (found === undefined || found.kind !== "link" || follow !== "all") {
      return { folder: base, name: path, found, slash: false };
    }
  }
  return descended(tree, base, path, cut, follow) ?? new Walk(tree, base, follow, pathMaxBytes).run(path);
}

/** Whether a path has no empty part, '.' or '..', and could be used as it is. */
export function isPlain(path: string, maxBytes: number): boolean {
  return path.length <= maxBytes / 3 && lastSlash(path) !== NOT_PLAIN && !path.includes("\0");
}

/** The fast way for a path that is plain and meets no link. */
function descended<Node, Found extends { readonly kind: FileKind }>(
  tree: Walkable<Node, Found>,
  base: Node,
  path: string,
  cut: number,
  follow: Follow,
): Spot<Node, Found> | undefined {
  if (tree.descend === undefined || cut <= 0) return undefined;
  const folder = tree.descend(base, path.slice(0, cut));
  if (folder === undefined) return undefined;
  const name = path.slice(cut + 1);
  const found = tree.find(folder, name);
  return found?.kind === "link" && follow === "all" ? undefined : { folder, name, found, slash: false };
}

/** A walk of more than one step. */
class Walk<Node, Found extends { readonly kind: FileKind }> {
  readonly #tree: Walkable<Node, Found>;
  readonly #follow: Follow;
  readonly #pathMaxBytes: number;
  /** The folders above the present one, up to the base. */
  readonly #above: Node[] = [];
  /** Components still to walk, the next one last. */
  readonly #pending: string[] = [];
  #folder: Node;
  #slash = false;
  #links = 0;

  constructor(tree: Walkable<Node, Found>, base: Node, follow: Follow, pathMaxBytes: number) {
    this.#tree = tree;
    this.#folder = base;
    this.#follow = follow;
    this.#pathMaxBytes = pathMaxBytes;
  }

  run(path: string): Spot<Node, Found> {
    this.#slash = this.#push(path);
    for (;;) {
      const name = this.#pending.pop();
      if (name === undefined) return this.#spot("", undefined, true);
      if (name === "..") {
        const above = this.#above.pop();
        if (above === undefined) throw ESCAPES();
        this.#folder = above;
        continue;
      }
      const found = this.#tree.find(this.#folder, name);
      const last = this.#pending.length === 0;
      if (found === undefined) {
        if (last) return this.#spot(name, undefined, this.#slash);
        throw new CapabilityError("noent", "a folder of the path does not exist");
      }
      if (found.kind === "link" && this.#followed(last)) {
        this.#enterLink(name, found, last);
      } else if (last) {
        return this.#spot(name, found, this.#slash);
      } else if (found.kind !== "directory") {
        throw new CapabilityError("notdir", "a part of the path is not a folder");
      } else {
        this.#above.push(this.#folder);
        this.#folder = this.#tree.enter(this.#folder, name, found);
      }
    }
  }

  #followed(last: boolean): boolean {
    return !last || this.#follow === "all" || (this.#follow === "slash" && this.#slash);
  }

  #enterLink(name: string, found: Found, last: boolean): void {
    if (++this.#links > LINKS_MAX_COUNT) {
      throw new CapabilityError("loop", `more than ${LINKS_MAX_COUNT} links in one path`);
    }
    const text = this.#tree.readLink(this.#folder, name, found);
    checkPathText(text, this.#pathMaxBytes);
    const slash = this.#push(text);
    if (last && slash) this.#slash = true;
  }

  /** Puts the components of a path before the pending ones; gives whether it demands a folder at its end. */
  #push(path: string): boolean {
    if (path.startsWith("/")) throw ESCAPES();
    const parts = path.split("/");
    const end = parts[parts.length - 1];
    for (let index = parts.length - 1; index >= 0; index--) {
      const part = parts[index];
      if (part !== undefined && part !== "" && part !== ".") this.#pending.push(part);
    }
    return end === "" || end === "." || end === "..";
  }

  #spot(name: string, found: Found | undefined, slash: boolean): Spot<Node, Found> {
    return { folder: this.#folder, name, found, slash };
  }
}
