/** `berth devices`: hosts on the local network that announce themselves. */
import { type Command, InvalidArgumentError } from "commander";
import { examples, type Session } from "../session.ts";

const WAIT_MS = 1500;
const ASK_EVERY_MS = 400;

/** Adds the command. */
export function registerDevices(program: Command, session: Session): void {
  const command = program.command("devices").description("Find hosts on the local network.")
    .option("--wait <ms>", "how long to listen for answers", readWait, WAIT_MS)
    .option("--json", "print JSON")
    .action(async ({ wait }: { wait: number }, self: Command) => {
      const screen = session.screen(self);
      const { Discovery } = await import("../../../mod.ts");
      await using discovery = await Discovery.open();
      const until = performance.now() + wait;
      while (performance.now() < until && !session.io.interrupted.aborted) {
        discovery.ask();
        await new Promise((resolve) => setTimeout(resolve, Math.min(ASK_EVERY_MS, wait)));
      }
      const devices = discovery.neighbours;
      if (screen.json) return screen.result({ devices }, () => "");
      if (devices.length === 0) {
        return screen.line(
          "No host announces itself here. Hosts do with: berth serve --host 0.0.0.0  (UDP port 5353 must be open)",
        );
      }
      const rows = devices.map((
        { id, name, version, origin },
      ) => [screen.colours.bold(name), origin, version, id]);
      screen.line(await screen.table(["NAME", "ADDRESS", "VERSION", "NODE"], rows));
    });
  examples(command, [["berth devices", "then: berth device add kitchen 192.168.1.20:8083 --key …"]]);
}

function readWait(text: string): number {
  const ms = Number(text);
  if (!Number.isInteger(ms) || ms < 1 || ms > 60_000) {
    throw new InvalidArgumentError("A wait is 1 to 60000 ms.");
  }
  return ms;
}
