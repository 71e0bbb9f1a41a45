/**
 * The supervisor's part of symbolic links. Deno lets no worker with path permissions make one, so the worker asks
 * the host process, which looks at everything once more: it does not trust the worker.
 */
import fs from "node:fs";
import type { ServicePlace } from "../capability.ts";
import { CapabilityError } from "../error.ts";
import { type FilesGrant, liesInside } from "./ask.ts";
import { onHost } from "./host_error.ts";
import { kindOfMode } from "./host_stat.ts";

/** A link that a worker asks for. */
export interface LinkRequest {
  /** The mount's host folder, without links. */
  readonly hostFolder: string;
  /** Where below it, single names with slashes between. */
  readonly path: string;
  /** What the link holds. */
  readonly text: string;
}

/** As the kernel's PATH_MAX; the worker has checked it before. */
const TEXT_MAX = 4096;

const refuse = (message: string) => new CapabilityError("notcapable", message);

/**
 * Whether a link may hold `..`. Moved to another folder such a link may lead out, and although no door follows it, two
 * guests that share a mount could then race each other through it: so only a program that runs alone may make one.
 */
export type ParentsInLinks = "allowed" | "refused";

/**
 * Makes a link in one of the folders that may be changed.
 * @param writable the host folders of the service's read-write mounts, without links
 * @throws CapabilityError `notcapable` for a place or text outside, else what the host's file system says
 */
export function makeLink(
  writable: readonly string[],
  { hostFolder, path, text }: LinkRequest,
  parents: ParentsInLinks = "refused",
): void {
  if (!writable.includes(hostFolder)) throw refuse("the folder is not one that the service may change");
  if (path.length > TEXT_MAX || text.length > TEXT_MAX) throw refuse("the place or the text is too long");
  const names = path.split("/");
  if (names.some((name) => name === "" || name === "." || name === ".." || name.includes("\0"))) {
    throw refuse("the place is not a plain path");
  }
  const name = names.pop() ?? "";
  if (!staysInside(text, names.length)) throw refuse("the link would lead out of its mount");
  if (parents === "refused" && text.split("/").includes("..")) throw refuse("the link holds '..'");
  let folder = hostFolder;
  for (const part of names) {
    folder = `${folder === "/" ? "" : folder}/${part}`;
    const info = onHost(() => Deno.lstatSync(folder));
    if (kindOfMode(info.mode ?? 0) !== "directory") throw refuse("a part of the place is not a folder");
  }
  if (folder !== hostFolder && !liesInside(folder, hostFolder)) throw refuse("the place lies outside");
  onHost(() => symlinkIn(folder, name, text));
}

/** The folders of a service in which it may make links, without links: its read-write mounts and its private folder. */
export function writableFolders(grant: FilesGrant, place: ServicePlace): string[] {
  const folders = grant.mounts.filter(({ access }) => access === "read-write").map(({ host }) => host ?? "");
  if (grant.private !== undefined) folders.push(place.privateFolder);
  return folders.map((folder) => onHost(() => Deno.realPathSync(folder)));
}

const O_PATH = Deno.build.os === "linux" ? 0o10000000 : 0;

/**
 * By the folder itself where the kernel names open ones, so that nobody can put a link in its place between the look and
 * this; a host without the permission for that (`-A`) does it by the path.
 */
function symlinkIn(folder: string, name: string, text: string): void {
  const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = fs.constants;
  const descriptor = fs.openSync(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_PATH);
  try {
    const opened = `/proc/self/fd/${descriptor}`;
    const real = nameOf(opened);
    if (real === undefined) return Deno.symlinkSync(text, `${folder === "/" ? "" : folder}/${name}`);
    if (real !== folder) throw refuse("the place was moved meanwhile");
    Deno.symlinkSync(text, `${opened}/${name}`);
  } finally {
    fs.closeSync(descriptor);
  }
}

function nameOf(opened: string): string | undefined {
  try {
    return Deno.readLinkSync(opened);
  } catch {
    return undefined;
  }
}

function staysInside(text: string, depth: number): boolean {
  if (text === "" || text.startsWith("/") || text.includes("\0")) return false;
  let level = depth;
  for (const part of text.split("/")) {
    if (part === "..") level--;
    else if (part !== "" && part !== ".") level++;
    if (level < 0) return false;
  }
  return true;
}
