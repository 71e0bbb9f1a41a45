/** `berth audit`: what operators did. */
import type { Command } from "commander";
import { deviceOptions, examples, type Session } from "../session.ts";

/** Adds the command. */
export function registerAudit(program: Command, session: Session): void {
  const command = program.command("audit")
    .description("List what was done on a device and what was refused, the latest first.")
    .option("-n, --lines <number>", "how many  (default: 50)");
  deviceOptions(command).action(async (options: { lines?: string }, self: Command) => {
    const screen = session.screen(self);
    const actions = await (await session.client(self)).actions(Number(options.lines) || 50);
    if (screen.json) return screen.result({ actions }, () => "");
    const c = screen.colours;
    const rows = actions.map(({ atMs, action, target, outcome, code, via, remoteAddress }) => [
      new Date(atMs).toISOString(),
      c.bold(action),
      target,
      outcome === "ok" ? c.green("ok") : c.red(code ?? outcome),
      `${via || "nobody proven"}${remoteAddress ? ` from ${remoteAddress}` : ""}`,
    ]);
    screen.line(await screen.table(["WHEN", "WHAT", "ON", "OUTCOME", "WHO"], rows));
  });
  examples(command, [["berth audit -n 200 --host pi.local", "another device's"]]);
}
