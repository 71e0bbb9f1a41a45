/** What a client asks for when it deploys, checked against the image and the capabilities' schemas. */
import type { PermissionPlan, ServicePlace } from "../capabilities/capability.ts";
import { CapabilityError } from "../capabilities/error.ts";
import { CAPABILITIES, type Grants } from "../capabilities/grants.ts";
import { type DeployOptions, STEERING } from "./deployment.ts";
import { BerthError } from "./error.ts";
import { RESERVED_SEGMENTS } from "./reserved.ts";
import type { ImageRecord, ServiceInput } from "./store/store.ts";

const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,126}[A-Za-z0-9])?$/;
const BASE_PATH = /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~-]+)+$/;

/** Checks what was asked and completes it from the manifest; throws `deployment-invalid`, `mount-open`. */
export function planDeployment(image: ImageRecord, options: DeployOptions): ServiceInput {
  const { manifest } = image;
  const name = options.name ?? manifest.name;
  for (const [what, value] of [["name", name], ["clientId", options.clientId]] as const) {
    if (!NAME.test(value)) {
      throw invalid(`${what} is ${JSON.stringify(value)}; use letters, digits, dots and dashes`);
    }
  }
  if (RESERVED_SEGMENTS.has(options.clientId)) {
    throw invalid(
      `the client id ${JSON.stringify(options.clientId)} belongs to the host's own paths; use another`,
    );
  }
  const env = { ...manifest.env, ...options.env };
  const seconds = Number(env[STEERING.maxSeconds]);
  const steered = Number.isFinite(seconds) && seconds > 0 ? { wallMaxMs: seconds * 1000 } : {};
  return {
    clientId: options.clientId,
    name,
    imageDigest: image.digest,
    imageId: image.id,
    basePath: basePathOf(env[STEERING.basePath] ?? manifest.path),
    env,
    grants: completeGrants(options.grants ?? manifest.capabilities, options.mounts ?? {}),
    limits: { ...steered, ...options.limits },
  };
}

function basePathOf(path: string): string {
  const trimmed = path.replace(/\/+$/, "");
  const full = trimmed.startsWith("/") ? trimmed : `/${trimmed}`;
  if (!BASE_PATH.test(full)) throw invalid(`the base path is ${JSON.stringify(path)}; write it as /name/v1`);
  return full;
}

/** The grant of one mount, as far as the host completes it. */
interface OpenMount {
  readonly guest: string;
  readonly host?: string;
}

/** Fills in the host's folders of mounts, and checks each grant against its capability. */
function completeGrants(asked: Grants, mounts: Readonly<Record<string, string>>): Grants {
  const files = asked.files as { mounts?: OpenMount[] } | undefined;
  const known = new Set((files?.mounts ?? []).map((mount) => mount.guest));
  for (const guest of Object.keys(mounts)) {
    if (!known.has(guest)) {
      throw invalid(
        `a folder is given for ${guest}, but the service asks for no such mount; it asks for ${
          [...known].join(", ") || "none"
        }`,
      );
    }
  }
  const completed = files?.mounts
    ? { ...asked, files: { ...files, mounts: files.mounts.map((mount) => completeMount(mount, mounts)) } }
    : asked;
  return Object.fromEntries(
    CAPABILITIES.filter((capability) => completed[capability.name] !== undefined).map((capability) => {
      const result = capability.schema.safeParse(completed[capability.name]);
      if (result.success) return [capability.name, result.data];
      const issue = result.error.issues[0];
      throw invalid(`capabilities.${[capability.name, ...(issue?.path ?? [])].join(".")}: ${issue?.message}`);
    }),
  );
}

function completeMount(mount: OpenMount, mounts: Readonly<Record<string, string>>): OpenMount {
  const host = mounts[mount.guest] ?? mount.host;
  if (host !== undefined) return { ...mount, host };
  throw new BerthError(
    "mount-open",
    `the service asks for the folder ${mount.guest}, and nobody says which folder of the device that is`,
    { guest: mount.guest },
  );
}

const invalid = (detail: string) => new BerthError("deployment-invalid", detail);

/** A plan; what stands in its way, such as a folder that is not there, is told to whoever deploys. */
function planOf(make: () => PermissionPlan): PermissionPlan {
  try {
    return make();
  } catch (error) {
    if (error instanceof CapabilityError) throw invalid(error.message);
    throw error;
  }
}

/** The Deno flag that the host process lacks for a grant, or `null` when it may be given; throws `deployment-invalid`. */
export function missingPermission(grants: Grants, place: ServicePlace): string | null {
  for (const capability of CAPABILITIES) {
    const grant = grants[capability.name];
    if (grant === undefined) continue;
    const plan = planOf(() => capability.plan(grant, place));
    for (const path of plan.read) {
      if (Deno.permissions.querySync({ name: "read", path }).state !== "granted") {
        return `--allow-read=${path}`;
      }
    }
    for (const path of plan.write) {
      if (Deno.permissions.querySync({ name: "write", path }).state !== "granted") {
        return `--allow-write=${path}`;
      }
    }
    for (const path of plan.ffi ?? []) {
      if (Deno.permissions.querySync({ name: "ffi", path }).state !== "granted") return `--allow-ffi=${path}`;
    }
    for (const host of plan.net) {
      if (Deno.permissions.querySync({ name: "net", host }).state !== "granted") return `--allow-net=${host}`;
    }
  }
  return null;
}
