/** `berth test`: a service's own requests, against a host that lives for them only. */
import type { Command } from "commander";
import { resolve } from "@std/path";
import { Builder } from "../../build/build.ts";
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
      using builder = new Builder();
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
}

/** Deploys a built project to a host of its own and makes its requests, one after the other. */
export async function testProject(
  root: string,
  { deployment, requests }: TestFile,
): Promise<{ outcomes: StepOutcome[]; log: readonly LogEntry[] }> {
  const { createHost } = await import("../../../mod.ts");
  const { packProject } = await import("../pack.ts");
  const { runStep } = await import("../requests.ts");
  const { tar } = await packProject(root);
  const dataFolder = await Deno.makeTempDir({ prefix: "berth-test-" });
  try {
    await using host = await createHost({ dataFolder, onFault: () => {} }); // the service's log has it too
    const { env, mounts, grants } = deployment;
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
    for (const step of requests) outcomes.push(await runStep(step, host.fetch, address));
    return { outcomes, log: service.log.tail(200) };
  } finally {
    await Deno.remove(dataFolder, { recursive: true });
  }
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
