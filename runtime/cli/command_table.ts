/** The commands: one line each, in the order of the help page. A command line loads the one that it names. */
import type { Command } from "commander";
import type { Session } from "./session.ts";

/** Adds a command, or the few that belong together. */
type Register = (program: Command, session: Session) => void;

interface CommandEntry {
  /** The first word of the command lines that need nothing but this entry. */
  readonly names: readonly string[];
  load(): Promise<Register>;
}

const COMMANDS: readonly CommandEntry[] = [
  { names: ["new"], load: async () => (await import("./commands/new.ts")).registerNew },
  { names: ["build"], load: async () => (await import("./commands/build.ts")).registerBuild },
  { names: ["test"], load: async () => (await import("./commands/test.ts")).registerTest },
  { names: ["dev"], load: async () => (await import("./commands/dev.ts")).registerDev },
  { names: ["pack"], load: async () => (await import("./commands/pack.ts")).registerPack },
  { names: ["deploy"], load: async () => (await import("./commands/deploy.ts")).registerDeploy },
  {
    names: ["ls", "list", "inspect", "rm", "remove"],
    load: async () => (await import("./commands/services.ts")).registerServices,
  },
  { names: ["logs"], load: async () => (await import("./commands/logs.ts")).registerLogs },
  { names: ["images"], load: async () => (await import("./commands/images.ts")).registerImages },
  { names: ["grant"], load: async () => (await import("./commands/grant.ts")).registerGrant },
  { names: ["revoke"], load: async () => (await import("./commands/revoke.ts")).registerRevoke },
  { names: ["rollback"], load: async () => (await import("./commands/rollback.ts")).registerRollback },
  { names: ["secret"], load: async () => (await import("./commands/secret.ts")).registerSecret },
  { names: ["serve"], load: async () => (await import("./commands/serve.ts")).registerServe },
  { names: ["run"], load: async () => (await import("./commands/run.ts")).registerRun },
  { names: ["limits"], load: async () => (await import("./commands/limits.ts")).registerLimits },
  { names: ["key"], load: async () => (await import("./commands/key.ts")).registerKey },
  { names: ["audit"], load: async () => (await import("./commands/audit.ts")).registerAudit },
  { names: ["backup"], load: async () => (await import("./commands/backup.ts")).registerBackup },
  { names: ["device"], load: async () => (await import("./commands/device.ts")).registerDevice },
  { names: ["devices"], load: async () => (await import("./commands/devices.ts")).registerDevices },
  { names: ["install"], load: async () => (await import("./commands/install.ts")).registerInstall },
  { names: ["doctor"], load: async () => (await import("./commands/doctor.ts")).registerDoctor },
  // It writes scripts that know all commands: no command line is its alone.
  { names: [], load: async () => (await import("./commands/completions.ts")).registerCompletions },
];

/**
 * What a command line needs: the command that its first word names, else all of them (options that come first, the
 * help pages, a word that is none).
 */
export async function registersFor(args: readonly string[]): Promise<readonly Register[]> {
  const named = COMMANDS.filter(({ names }) => names.includes(args[0] ?? ""));
  return await Promise.all((named.length > 0 ? named : COMMANDS).map(({ load }) => load()));
}
