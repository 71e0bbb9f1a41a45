/** From an absolute guest path to the mount that it lies in. */
import { CapabilityError } from "../error.ts";
import type { FileOpenOptions, FilesByPath, OpenFile, OpenMount } from "./files.ts";

const READ: FileOpenOptions = {
  access: "read",
  create: false,
  exclusive: false,
  truncate: false,
  directory: false,
  follow: true,
  append: false,
};

const CREATE: FileOpenOptions = { ...READ, access: "write", create: true, truncate: true };

/** Opens by absolute guest path among mounts; a path without a slash at its start is taken from `/`. */
export function filesByPath(mounts: readonly OpenMount[]): FilesByPath {
  const open = (guestPath: string, options: FileOpenOptions): OpenFile => {
    const absolute = guestPath.startsWith("/") ? guestPath : `/${guestPath}`;
    const mount = nearestMount(mounts, absolute);
    if (mount === undefined) throw new CapabilityError("noent", "no mount holds this path");
    const relative = absolute.slice(mount.guestPath.length).replace(/^\/+/, "");
    const file = mount.folder.openAt(relative === "" ? "." : relative, options);
    if (file.type === "file" && file.kind === "file") return file;
    file.close();
    throw new CapabilityError("isdir", "it is not a regular file");
  };
  return {
    openFile: (guestPath) => open(guestPath, READ),
    createFile: (guestPath) => open(guestPath, CREATE),
  };
}

/** The mount with the longest path that begins this one, whole components only. */
function nearestMount(mounts: readonly OpenMount[], path: string): OpenMount | undefined {
  let best: OpenMount | undefined;
  for (const mount of mounts) {
    const base = mount.guestPath === "/" ? "/" : `${mount.guestPath}/`;
    if (!path.startsWith(base) && path !== mount.guestPath) continue;
    if (best === undefined || mount.guestPath.length > best.guestPath.length) best = mount;
  }
  return best;
}
