/** `berth deploy`: from a folder or a tar to a REST API, in one step. */
import type { Command } from "commander";
import { isAbsolute, resolve } from "@std/path";
import { Builder } from "../../build/build.ts";
import { LIMITS } from "../../limits.ts";
import { nearest } from "../../unit/nearest.ts";
import type {
  AuthorityLine,
  DeployRequest,
  DeviceClient,
  PendingDeployment,
  ServiceSummary,
} from "../client.ts";
import { CliError, EXIT } from "../errors.ts";
import { bytesText, type Colours, type Screen } from "../screen.ts";
import { collectPairs, deviceOptions, examples, type Session } from "../session.ts";
import { readSigningKey } from "../signing.ts";
import { buildWithSteps } from "./build.ts";

interface DeployCommandOptions {
  readonly name?: string;
  readonly env?: Record<string, string>;
  readonly mount?: Record<string, string>;
  readonly limit?: Record<string, string>;
  readonly grants?: string;
  readonly release?: boolean;
  readonly approve?: boolean;
  readonly sign?: string;
}

const wrong = (detail: string): never => {
  throw new CliError("usage", detail, { fix: "See: berth deploy --help" });
};

/** Adds the command. */
export function registerDeploy(program: Command, session: Session): void {
  const command = program.command("deploy")
    .description("Put a service to work on a device. A folder is built and packed first.")
    .argument("[source]", "a project folder or a .tar", ".")
    .option("--name <name>", "under another name than its manifest's")
    .option("--env <name=value>", "configuration; repeat for more", collectPairs("--env", wrong))
    .option(
      "--mount <guest=folder>",
      "the device's folder behind a mount of the manifest; repeat for more",
      collectPairs("--mount", wrong, "GUEST=FOLDER"),
    )
    .option(
      "--limit <name=number>",
      "a lower limit; `berth limits` lists them",
      collectPairs("--limit", wrong, "NAME=NUMBER"),
    )
    .option("--grants <file>", "JSON: grant these capabilities instead of those in the manifest")
    .option("--approve", "grant what it asks for, without being asked")
    .option("--sign <file>", "sign a folder's image with this key  (default: $BERTH_SIGNING_KEY)")
    .option("--release", "build it as small as it gets");
  deviceOptions(command).action(async (source: string, options: DeployCommandOptions, self: Command) => {
    const screen = session.screen(self);
    const client = await session.client(self);
    const request = await requestOf(options, session, client);
    const path = resolve(session.io.cwd, source);
    if (options.sign !== undefined && (await Deno.stat(path).catch(() => null))?.isFile) {
      throw new CliError("usage", `Asked to sign ${path}, which is packed already`, {
        fix: "Sign it when it is packed, with berth pack --sign, or deploy its folder.",
      });
    }
    const privateKey = await readSigningKey(session, options.sign);
    const tar = await readSource(path, screen, options.release ?? false, privateKey);
    const deployed = await deployWithSteps(client, tar, request, screen);
    const service = isPending(deployed) ? await askForApproval(client, deployed, session, screen) : deployed;
    if (service) screen.result(service, () => deployedLines(service, screen));
  });
  examples(command, [
    ["berth deploy", "build, pack and deploy this folder"],
    ["berth deploy logs.tar --mount /logs=/var/log", "an image, with a folder of the device"],
    ["berth deploy --env LEVEL=debug --host pi.local", "to another device"],
  ]);
}

async function requestOf(
  options: DeployCommandOptions,
  session: Session,
  client: DeviceClient,
): Promise<DeployRequest> {
  const { name, env, mount, limit, grants } = options;
  const mounts = Object.fromEntries(
    Object.entries(mount ?? {}).map(([guest, folder]) => {
      if (!client.device.local && !isAbsolute(folder)) {
        wrong(
          `--mount ${guest}=${folder}: write the whole path, since the folder is on ${client.device.origin}`,
        );
      }
      return [guest, client.device.local ? resolve(session.io.cwd, folder) : folder];
    }),
  );
  const limits = Object.fromEntries(
    Object.entries(limit ?? {}).map(([key, value]) => {
      // The device knows its limits; a name that no Berth has is told before anything is compiled.
      if (!Object.hasOwn(LIMITS, key)) {
        const guess = nearest(key, Object.keys(LIMITS));
        wrong(`--limit ${key}: there is no such limit${guess ? `; did you mean ${guess}?` : ""}`);
      }
      const number = Number(value);
      if (!Number.isSafeInteger(number) || number < 1) {
        wrong(`--limit ${key}=${value}: the value is a whole number`);
      }
      return [key, number];
    }),
  );
  return {
    ...(name ? { name } : {}),
    ...(options.approve ? { approved: true } : {}),
    ...(env ? { env } : {}),
    ...(mount ? { mounts } : {}),
    ...(limit ? { limits } : {}),
    ...(grants ? { grants: await readGrants(resolve(session.io.cwd, grants)) } : {}),
  };
}

async function readGrants(path: string): Promise<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(await Deno.readTextFile(path));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliError("file-unreadable", `Read ${path} for --grants and failed: ${why}`);
  }
  return wrong(`--grants: ${path} holds no JSON object`);
}

/** The tar of a folder, which is built and, with a private key, signed for that; or of a file, as it is. */
export async function readSource(
  path: string,
  screen: Screen,
  release: boolean,
  privateKey?: string,
): Promise<Uint8Array> {
  const info = await Deno.stat(path).catch(() => undefined);
  if (!info) throw new CliError("file-unreadable", `Looked for ${path} and found nothing there`);
  if (info.isFile) return await Deno.readFile(path);
  const { packProject, readManifest } = await import("../pack.ts");
  await readManifest(path); // a mistake there is told before the compiler runs
  using builder = new Builder(undefined, "once");
  const { modulePath } = await buildWithSteps(builder, path, screen, { release });
  const { manifest, tar } = await packProject(path, privateKey);
  const packedModule = resolve(path, manifest.module);
  if (packedModule === modulePath) return tar;
  throw new CliError("project-incomplete", `Built ${modulePath}, and berth.json names ${packedModule}`);
}

/** Uploads with a progress indicator. */
export async function deployWithSteps(
  client: DeviceClient,
  tar: Uint8Array,
  request: DeployRequest,
  screen: Screen,
): Promise<ServiceSummary | PendingDeployment> {
  const step = screen.step(`deploying to ${client.device.origin}`);
  try {
    const deployed = await client.deploy(tar, request, (sentBytes, totalBytes) => {
      step.update(
        sentBytes < totalBytes
          ? `uploading ${bytesText(sentBytes)} of ${bytesText(totalBytes)}`
          : `starting the service on ${client.device.origin}`,
      );
    });
    const c = screen.noteColours;
    const name = c.bold(`${deployed.name} ${deployed.version}`);
    step.done(
      isPending(deployed)
        ? `sent ${name}; it asks for more than it holds`
        : `deployed ${name}  ${c.dim(deployed.state)}`,
    );
    return deployed;
  } catch (error) {
    step.failed(`deploying to ${client.device.origin} failed`);
    throw error;
  }
}

/** Whether a deployment waits for the operator. */
export function isPending(deployed: ServiceSummary | PendingDeployment): deployed is PendingDeployment {
  return deployed.state === "waiting-for-approval";
}

/** Asks whoever sits here; a script is told how to approve, and gets an exit code of its own. */
async function askForApproval(
  client: DeviceClient,
  pending: PendingDeployment,
  session: Session,
  screen: Screen,
): Promise<ServiceSummary | undefined> {
  const { more, name } = pending;
  if (!screen.json) screen.note(authorityLines("It asks to:", more, screen.noteColours).join("\n"));
  if (session.io.inIsTerminal && !screen.json) {
    const answer = session.io.ask("Grant this? [y/N]");
    if (/^y(es)?$/i.test(answer?.trim() ?? "")) return await client.approve(pending.id);
  }
  session.exitCode = EXIT.waiting;
  screen.result(pending, () => `It waits. Let it start with: ${screen.colours.cyan(`berth grant ${name}`)}`);
  return undefined;
}

/** What grants allow, in plain words, a line each. */
export function authorityLines(title: string, lines: readonly AuthorityLine[], c: Colours): string[] {
  return [
    c.bold(title),
    ...lines.map(({ capability, allows }) => `  ${c.cyan(capability.padEnd(9))} ${allows}`),
  ];
}

function deployedLines(service: ServiceSummary, screen: Screen): string[] {
  const c = screen.colours;
  return [
    `  ${c.bold(service.url)}`,
    c.dim(`  try: curl ${service.url}/`),
    c.dim(`  see: berth logs -f ${service.name}`),
  ];
}
