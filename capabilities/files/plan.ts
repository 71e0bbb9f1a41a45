/** The paths that the worker of a service with the `files` capability needs. */
import type { PermissionPlan, ServicePlace } from "../capability.ts";
import { CapabilityError } from "../error.ts";
import { type FilesGrant, liesInside, type MountAsk } from "./ask.ts";
import { libcPath } from "./native_libc.ts";

/** Host directories that hold devices and the insides of processes: never mounted, nor is what contains them. */
export const FORBIDDEN_HOST_PATHS: readonly string[] = ["/proc", "/dev", "/sys"];

/**
 * The exact directories. Both spellings of a host path are listed, as given and without links: the worker is
 * allowed no other, so a link that is changed later leads nowhere.
 * @throws CapabilityError `invalid`, `noent`, `notdir` with the guest path of the mount at fault
 */
export function planFiles(grant: FilesGrant, place: ServicePlace): PermissionPlan {
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
