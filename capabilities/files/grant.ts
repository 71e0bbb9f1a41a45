/** The `files` capability, the host's half: what a manifest may ask, and the words for it. */
import { z } from "zod";
import type { CapabilityDefinition } from "../capability.ts";
import type { FilesGrant, MountAsk } from "./ask.ts";
import { planFiles } from "./plan.ts";

const PATH_MAX = 1024;

const guestPath = z.string().min(1).max(PATH_MAX).refine(
  (path) =>
    path === "/" ||
    (/^(\/[^/\0]+)+$/.test(path) && !path.split("/").some((part) => part === "." || part === "..")),
  "is not a guest path; write it absolute, without '.', '..', a doubled slash or one at its end",
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
