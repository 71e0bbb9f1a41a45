/** `berth test`: a service's own requests, against a host that lives for them only. */
import type { Command } from "commander";
import { resolve } from "@std/path";
import { Builder } from "../../build/build.ts";
import { CALL_FIELD, type MadeCall } from "../../../capabilities/fake.ts";
import type { LogEntry } from "../../log.ts";
import { EXIT } from "../errors.ts";
import type { StepOutcome, TestFile } from "../requests.ts";
import { durationText, type Screen } from "../screen.ts";
import { examples, type Session } from "../session.ts";
import { buildWithSteps } from "./build.ts";
import { logLine } from "./logs.ts";

/** Adds the command. */
export function registerTest(program: Command, session: Session): void {
  const command = program.command("test")
    .description("Build a service and make the requests in tests/requests.json. Needs no device.")
    .argument("[folder]", "the project", ".")
    .option("--release", "test what a release build gives")
    .option("--json", "print JSON")
    .action(async (folder: string, options: { release?: boolean }, self: Command) => {
      const { readRequests } = await import("../requests.ts");
      const screen = session.screen(self);
      const root = resolve(session.io.cwd, folder);
      const file = await readRequests(root);
      using builder = new Builder(undefined, "once");
      await buildWithSteps(builder, root, screen, { release: options.release ?? false });
      const { outcomes, log } = await testProject(root, file);
      const failed = outcomes.filter(({ problems }) => problems.length > 0);
      screen.result({ outcomes, log }, () => outcomeLines(outcomes, log, screen));
      if (failed.length > 0) session.exitCode = EXIT.failure;
    });
  examples(command, [["berth test", "the project in this folder"], [
    "berth test hello --json",
    "for a machine",
  ]]);
  command.addHelpText("after", HELP);
}

const HELP = `
A request and what it must get: {"name": "…", "request": {"path": "/users/7"}, "expect": {"status": 200}}.
Other hosts answer what "world" says, and no network is reached:
  {"world": {"calls": [{"url": "https://example.com/users/*", "answer": {"json": {"id": 7}}}],
             "clock": "2026-01-31T12:00:00Z", "random": 7, "storage": {"key": "value"}},
   "requests": […]}
All of it is in abi/sdk/TESTING.md.`;

/** Deploys a built project to a host of its own and makes its requests, one after the other. */
export async function testProject(
  root: string,
  { deployment, world, requests }: TestFile,
): Promise<{ outcomes: StepOutcome[]; log: readonly LogEntry[] }> {
  const { createHost } = await import("../../../mod.ts");
  const { packProject } = await import("../pack.ts");
  const { runStep } = await import("../requests.ts");
  const { fakesOf } = await import("../test_world.ts");
  const { tar, manifest } = await packProject(root, undefined, { logLevel: "debug" }); // calls are read there
  const fakes = fakesOf(world, requests.map((step) => step.world));
  const dataFolder = await Deno.makeTempDir({ prefix: "berth-test-" });
  try {
    await using host = await createHost({ dataFolder, fakes, onFault: () => {} }); // the service's log has it too
    const { env, mounts, grants, secrets } = deployment;
    for (const [name, value] of Object.entries(secrets)) {
      await (await host.manage()).copies.secrets.set(`test-${manifest.name}`, name, value);
    }
    const service = await host.deploy(tar, {
      clientId: "test",
      approved: true, // the developer grants what the own manifest asks
      ...(env ? { env } : {}),
      ...(grants ? { grants } : {}),
      ...(mounts
        ? {
          mounts: Object.fromEntries(
            Object.entries(mounts).map(([guest, path]) => [guest, resolve(root, path)]),
          ),
        }
        : {}),
    });
    if (!("deployment" in service)) throw new Error("the service waits for an approval that was given");
    const address = `http://berth.test${service.deployment.address}`;
    const outcomes: StepOutcome[] = [];
    let made: MadeCall[] = [];
    service.log.follow(({ source, fields }) => {
      if (source === "host" && fields?.[CALL_FIELD]) made.push(fields[CALL_FIELD] as MadeCall); // written by the fakes
    });
    for (const [index, step] of requests.entries()) {
      Atomics.store(new Int32Array(fakes.now), 0, index + 1);
      made = [];
      outcomes.push(await runStep(step, host.fetch, address, () => made));
    }
    return { outcomes, log: service.log.tail(200).map(withoutCall) };
  } finally {
    await Deno.remove(dataFolder, { recursive: true });
  }
}

/** What a call held is for comparing; to people its line says enough. */
function withoutCall(entry: LogEntry): LogEntry {
  const { fields, ...line } = entry;
  return fields?.[CALL_FIELD] ? line : entry;
}

function outcomeLines(outcomes: readonly StepOutcome[], log: readonly LogEntry[], screen: Screen): string[] {
  const c = screen.colours;
  const failed = outcomes.filter(({ problems }) => problems.length > 0).length;
  return [
    ...outcomes.flatMap(({ name, problems, elapsedMs }) => [
      `${problems.length === 0 ? c.green("✔") : c.red("✖")} ${name}  ${c.dim(durationText(elapsedMs))}`,
      ...problems.map((problem) => `    ${problem}`),
    ]),
    ...(failed > 0
      ? ["", c.bold("What the service said:"), ...log.map((entry) => `  ${logLine(entry, c)}`)]
      : []),
    "",
    failed === 0 ? c.green(`${outcomes.length} right`) : c.red(`${failed} of ${outcomes.length} wrong`),
  ];
}
