/** The few things the serverless ABI does with files: send one as an answer, store an upload. */
import { CapabilityError } from "../../../capabilities/error.ts";
import type { OpenFile, OpenMount } from "../../../capabilities/files/files.ts";
import { notGranted } from "../answer.ts";
import type { Turn } from "../turn.ts";

const CREATE = {
  access: "write",
  create: true,
  exclusive: true,
  truncate: false,
  directory: false,
  follow: false,
  append: false,
} as const;

/** A file that is being written; it is there under its name only after {@link commit}. */
export interface Upload {
  write(bytes: Uint8Array): void;
  /** Closes it under its name, in place of a file that was there. */
  commit(): void;
  /** Closes it and leaves nothing behind. */
  discard(): void;
}

/** Opens a file of a mount for an answer. */
export function openGuestFile(turn: Turn, path: string): OpenFile {
  if (!turn.files) throw notGranted("files");
  return turn.files.openFile(path);
}

/** Begins an upload to an absolute guest path. */
export function createUpload(turn: Turn, path: string): Upload {
  if (!turn.files) throw notGranted("files");
  const mount = nearestMount(turn.files.mounts, path);
  if (!mount) {
    throw new CapabilityError(
      "denied",
      `store ${path}: no granted mount holds this path`,
      `"files": { "mounts": [{ "guest": ${JSON.stringify(folderOf(path))}, "access": "read-write" }] }`,
    );
  }
  if (mount.access === "read") throw new CapabilityError("rofs", `store ${path}: the mount is read-only`);
  const { folder } = mount;
  const target = path.slice(mount.guestPath === "/" ? 1 : mount.guestPath.length + 1);
  const parent = folderOf(target);
  // In the same folder, so that the rename at the end is one step and stays on one file system.
  const part = `${parent === "" ? "" : `${parent}/`}.berth-upload-${crypto.randomUUID()}`;
  const file = folder.openAt(part, CREATE);
  if (file.type !== "file") throw new CapabilityError("isdir", `store ${path}: it is a folder`);
  let position = 0;
  const discard = () => {
    folder.unlinkAt(part);
    file.close();
  };
  return {
    write(bytes) {
      for (let from = 0; from < bytes.length;) {
        const count = file.write(bytes.subarray(from), position);
        if (count === 0) throw new CapabilityError("nospc", `store ${path}: the mount takes no more`);
        from += count;
        position += count;
      }
    },
    commit() {
      try {
        folder.renameAt(part, folder, target);
      } catch (error) {
        discard();
        throw error;
      }
      file.close();
    },
    discard,
  };
}

/** The path without its last part; "" when it has one part only. */
function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/** The mount with the longest path that begins this one, whole parts only. */
function nearestMount(mounts: readonly OpenMount[], path: string): OpenMount | undefined {
  let best: OpenMount | undefined;
  for (const mount of mounts) {
    const base = mount.guestPath === "/" ? "/" : `${mount.guestPath}/`;
    if (path.startsWith(base) && mount.guestPath.length >= (best?.guestPath.length ?? 0)) best = mount;
  }
  return best;
}
