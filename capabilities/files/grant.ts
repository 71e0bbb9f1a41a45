/** The `files` capability, the host's half: what a manifest may ask, and the paths that the worker needs. */
import { z } from "zod";
import type { CapabilityDefinition, PermissionPlan, ServicePlace } from "../capability.ts";
import { CapabilityError } from "../error.ts";
import { type FilesGrant, liesInside, type MountAsk } from "./ask.ts";
import { libcPath } from "./native_libc.ts";

/** Host directories that hold devices and the insides of processes: never mounted, nor is what contains them. */
export const FORBIDDEN_HOST_PATHS: readonly string[] = ["/proc", "/dev", "/sys"];

const PATH_MAX = 1024;

const guestPath = z.string().min(1).max(PATH_MAX).refine(
  (path) =>
    path === "/" ||
    (/^(\/[^/\0]+)+$/.test(path) && !path.split("/").some((part) => part === "." || part === "..")),
  "a guest path is absolute, without '.', '..', a doubled slash or one at its end",
);

const hostPath = z.string().min(1).max(4096).refine(
  (path) => path.startsWith("/") && !path.includes("\0") && !path.split("/").includes(".."),
  "a host path is absolute and holds no '..'",
);

const mount = z.strictObject({
  guest: guestPath,
  host: hostPath.optional(),
  access: z.enum(["read", "read-write"]).default("read"),
});

const scratch = z.union([
  guestPath.transform((guest) => ({ guest, perRequest: true })),
  z.strictObject({ guest: guestPath, perRequest: z.boolean().default(true) }),
]);

const grant = z.strictObject({
  mounts: z.array(mount).max(32).default([]),
  private: guestPath.optional(),
  scratch: scratch.optional(),
  assets: guestPath.optional(),
  native: z.boolean().optional(),
});

const schema = grant.superRefine(checkPaths);

/** FFI takes Deno's wall away from around Berth's own code: no image may ask for that. */
const manifestSchema = grant.extend({
  native: z.never({ error: "is the operator's to give, not a manifest's: leave it out" }).optional(),
}).superRefine(checkPaths);

function checkPaths(grant: FilesGrant, context: z.core.$RefinementCtx): void {
  const paths = guestPaths(grant);
  if (paths.length === 0) {
    context.addIssue({ code: "custom", message: "no folder is asked for: leave the key out instead" });
  }
  const twice = paths.find((path, index) => paths.indexOf(path) !== index);
  if (twice !== undefined) {
    context.addIssue({ code: "custom", message: `two folders are mounted at ${twice}` });
  }
}

/** The guest paths of a grant, in the order in which they are mounted. */
export function guestPaths(grant: FilesGrant): string[] {
  const own = [grant.private, grant.scratch?.guest, grant.assets].filter((path) => path !== undefined);
  return [...grant.mounts.map((each) => each.guest), ...own];
}

/** The `files` capability. */
export const filesCapability: CapabilityDefinition<FilesGrant> = {
  name: "files",
  summary: "reads and writes folders",
  schema,
  manifestSchema,
  plan: planFiles,
  describe(grant) {
    const verb = (access: MountAsk["access"]) => access === "read" ? "reads" : "reads and writes";
    return [
      ...grant.mounts.map((each) =>
        `${verb(each.access)} ${each.host ?? "a host folder that the operator names"} as ${each.guest}`
      ),
      ...(grant.private ? [`keeps files of its own on the disk, as ${grant.private}`] : []),
      ...(grant.scratch ? [`keeps files in memory, as ${grant.scratch.guest}`] : []),
      ...(grant.native ? ["does so through the C library (ffi), free of races with other programs"] : []),
      ...(grant.assets ? [`reads the assets of its image, as ${grant.assets}`] : []),
    ];
  },
};

/**
 * The exact directories. Both spellings of a host path are listed, as given and without links: the worker is
 * allowed no other, so a link that is changed later leads nowhere.
 * @throws CapabilityError `invalid`, `noent`, `notdir` with the guest path of the mount at fault
 */
function planFiles(grant: FilesGrant, place: ServicePlace): PermissionPlan {
  const read: string[] = [];
  const write: string[] = [];
  const real = grant.mounts.map((each) => ({ ...each, real: realHostPath(each) }));
  for (const outer of real) {
    const inner = real.find((other) => liesInside(other.real, outer.real));
    if (outer.access === "read-write" && inner) {
      throw new CapabilityError(
        "invalid",
        `mount ${inner.guest} lies inside ${outer.guest}, which the guest may change: mount one of them`,
      );
    }
  }
  for (const each of real) {
    read.push(each.real, each.host ?? each.real);
    if (each.access === "read-write") write.push(each.real, each.host ?? each.real);
  }
  if (grant.private !== undefined) {
    read.push(place.privateFolder);
    write.push(place.privateFolder);
  }
  if (grant.assets !== undefined) {
    if (place.assetsFolder === null) {
      throw new CapabilityError("invalid", `assets are asked for at ${grant.assets}: the image holds none`);
    }
    read.push(place.assetsFolder);
  }
  const plan = { read: [...new Set(read)], write: [...new Set(write)], net: [] };
  return grant.native ? { ...plan, ffi: [nativeLibrary()] } : plan;
}

function nativeLibrary(): string {
  const path = libcPath();
  if (path !== undefined) return path;
  throw new CapabilityError(
    "notsup",
    "native files need Linux with glibc on x86-64 or aarch64: leave `native` out",
  );
}

/** The directory behind a mount, without links. */
function realHostPath(mount: MountAsk): string {
  const { guest, host } = mount;
  if (host === undefined) {
    throw new CapabilityError("invalid", `mount ${guest} names no host folder: give one when deploying`);
  }
  let real: string;
  try {
    real = Deno.realPathSync(host);
  } catch {
    throw new CapabilityError("noent", `mount ${guest}: its host folder does not exist or cannot be read`);
  }
  if (!Deno.statSync(real).isDirectory) {
    throw new CapabilityError("notdir", `mount ${guest}: what the host has there is not a folder`);
  }
  const forbidden = FORBIDDEN_HOST_PATHS.find((path) =>
    real === path || liesInside(real, path) || liesInside(path, real)
  );
  if (forbidden !== undefined) {
    throw new CapabilityError("invalid", `mount ${guest}: ${forbidden} and what contains it are not mounted`);
  }
  return real;
}
