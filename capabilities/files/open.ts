/** The `files` capability, the worker's half: opens the mounts. */
import type { OpenContext } from "../capability.ts";
import { CapabilityError } from "../error.ts";
import { type FilesGrant, liesInside, type MountAsk } from "./ask.ts";
import { filesByPath } from "./by_path.ts";
import { NativeTree } from "./native_tree.ts";
import type { Files, FilesSession, OpenMount } from "./files.ts";
import { TreeFolder } from "./folder.ts";
import { fromHostError } from "./host_error.ts";
import { HostTree } from "./host_tree.ts";
import { MemoryTree } from "./memory_tree.ts";

type FilesContext = Pick<OpenContext, "place" | "limits" | "makeLink">;

/** Device numbers of folders in memory begin here: past what a kernel gives out. */
const MEMORY_DEVICE = 0x6265_7274;

/** A mount as the worker holds it. */
interface HeldMount {
  readonly guestPath: string;
  readonly access: "read" | "read-write";
  /** The folder for one session; `own` is what the session must put back, if anything. */
  open(): { folder: OpenMount["folder"]; own: MemoryTree | undefined };
  close(): void;
}

/** A host directory to mount, by its one path without links. */
interface HostMount {
  readonly guest: string;
  readonly path: string;
  readonly access: "read" | "read-write";
  readonly quota?: { readonly bytes: number; readonly entries: number };
}

/** Opens every folder of the grant; throws a {@link CapabilityError} naming the guest path that cannot be. */
export function openFiles(grant: FilesGrant, context: FilesContext): Files {
  const hosts = hostMounts(grant, context);
  const held = hosts.map((mount) =>
    grant.native ? holdNative(mount, context) : holdHost(mount, hosts, context)
  );
  if (grant.scratch) held.splice(scratchIndex(grant), 0, holdScratch(grant.scratch, context));
  const shared = openSession(held);
  return {
    mounts: held.map(({ guestPath, access }) => ({ guestPath, access })),
    openFile: shared.openFile,
    createFile: shared.createFile,
    session: () => openSession(held),
    close() {
      for (const mount of held) mount.close();
    },
  };
}

/** Scratch stands between the private folder and the assets, as in the manifest. */
const scratchIndex = (grant: FilesGrant) => grant.mounts.length + (grant.private === undefined ? 0 : 1);

function hostMounts(grant: FilesGrant, context: FilesContext): HostMount[] {
  const { place, limits } = context;
  const mounts: HostMount[] = grant.mounts.map((each: MountAsk) => {
    if (each.host === undefined) {
      throw new CapabilityError("invalid", `mount ${each.guest} names no host folder`);
    }
    return { guest: each.guest, path: each.host, access: each.access };
  });
  if (grant.private !== undefined) {
    const quota = { bytes: limits.privateFilesMaxBytes, entries: limits.filesEntriesMaxCount };
    mounts.push({ guest: grant.private, path: place.privateFolder, access: "read-write", quota });
  }
  if (grant.assets !== undefined) {
    if (place.assetsFolder === null) throw new CapabilityError("invalid", "the image holds no assets");
    mounts.push({ guest: grant.assets, path: place.assetsFolder, access: "read" });
  }
  return mounts.map((mount) => ({ ...mount, path: realPath(mount) }));
}

function realPath(mount: HostMount): string {
  try {
    return Deno.realPathSync(mount.path);
  } catch (error) {
    const { code } = fromHostError(error);
    throw new CapabilityError(code, `mount ${mount.guest}: its host folder cannot be opened (${code})`);
  }
}

function holdHost(mount: HostMount, all: readonly HostMount[], context: FilesContext): HeldMount {
  const tree = new HostTree(mount.path, {
    access: mount.access,
    pathMaxBytes: context.limits.pathMaxBytes,
    makeLink: context.makeLink,
    ...(mount.quota ? { quota: mount.quota } : {}),
  });
  // Whoever may change the folders above a mount could put another in its place: then only the first one counts.
  const inside = all.some((other) => other.access === "read-write" && liesInside(mount.path, other.path));
  const root = tree.holdRoot(!inside);
  const folder = new TreeFolder(tree, { node: () => root.node(), close() {} });
  return {
    guestPath: mount.guest,
    access: mount.access,
    open: () => ({ folder, own: undefined }),
    close: () => root.close(),
  };
}

/** The same through the C library: the top is the directory that is there now, and stays it. */
function holdNative(mount: HostMount, context: FilesContext): HeldMount {
  const tree = new NativeTree(mount.path, {
    access: mount.access,
    pathMaxBytes: context.limits.pathMaxBytes,
    ...(mount.quota ? { quota: mount.quota } : {}),
  });
  const root = tree.holdRoot();
  const folder = new TreeFolder(tree, { node: () => root.node(), close() {} });
  return {
    guestPath: mount.guest,
    access: mount.access,
    open: () => ({ folder, own: undefined }),
    close: () => root.close(),
  };
}

function holdScratch(scratch: { guest: string; perRequest: boolean }, context: FilesContext): HeldMount {
  const { limits } = context;
  const make = () =>
    new MemoryTree(
      { bytes: limits.scratchMaxBytes, entries: limits.filesEntriesMaxCount },
      limits.pathMaxBytes,
      MEMORY_DEVICE,
    );
  const folderOf = (tree: MemoryTree) => new TreeFolder(tree, tree.hold(tree.root));
  const joint = scratch.perRequest ? undefined : folderOf(make());
  return {
    guestPath: scratch.guest,
    access: "read-write",
    open() {
      if (joint) return { folder: joint, own: undefined };
      const own = make();
      return { folder: folderOf(own), own };
    },
    close() {},
  };
}

function openSession(held: readonly HeldMount[]): FilesSession {
  const opened = held.map((mount) => ({ mount, ...mount.open() }));
  const mounts = opened.map(({ mount, folder }) => ({
    guestPath: mount.guestPath,
    access: mount.access,
    folder,
  }));
  const own = opened.map((each) => each.own).filter((tree) => tree !== undefined);
  let snapshots = own.map((tree) => tree.snapshot());
  return {
    mounts,
    ...filesByPath(mounts),
    snapshot() {
      snapshots = own.map((tree) => tree.snapshot());
    },
    restore() {
      for (const snapshot of snapshots) snapshot.restore();
    },
    close() {},
  };
}
