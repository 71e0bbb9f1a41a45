/** What `berth doctor` looks at. */
import { dataFolder } from "./device.ts";
import type { DeviceClient } from "./client.ts";
import { CliError } from "./errors.ts";
import type { Io } from "./io.ts";
import { type WorkerOptionsState, workerOptionsState } from "../worker_options.ts";

/** One thing that was looked at. */
export interface Check {
  readonly name: string;
  /** `bad`: a host will not work here. `note`: worth knowing. */
  readonly verdict: "good" | "note" | "bad";
  readonly text: string;
  readonly fix?: string;
}

const DENO_LEAST = [2, 9] as const;
const DISK_LEAST_BYTES = 200e6;
const YEAR_LEAST = 2025;
const PAGE_USUAL_BYTES = 4096;
/** What one Worker with its wasm memories may reserve. */
const ADDRESS_SPACE_LEAST_KIB = 16 << 20;

/** Looks at the machine. */
export async function checkMachine(io: Io, data: string | undefined): Promise<Check[]> {
  return [
    checkDeno(Deno.version.deno),
    checkWasm(),
    checkFlags(workerOptionsState()),
    await checkPermissions(),
    checkPort(USUAL_PORT),
    await checkData(await dataFolder(io, data)),
    checkClock(new Date()),
    checkMemory(Deno.systemMemoryInfo().total),
    ...await checkKernel(),
  ];
}

/** Whether this Deno is new enough. */
export function checkDeno(version: string): Check {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const good = major > DENO_LEAST[0] || (major === DENO_LEAST[0] && minor >= DENO_LEAST[1]);
  return {
    name: "Deno",
    verdict: good ? "good" : "bad",
    text: `${version} (V8 ${Deno.version.v8}, ${Deno.build.target})`,
    fix: `Berth needs ${DENO_LEAST.join(".")} or later: deno upgrade`,
  };
}

function checkWasm(): Check {
  const suspends = "Suspending" in WebAssembly && "promising" in WebAssembly;
  return {
    name: "WebAssembly",
    verdict: suspends ? "good" : "bad",
    text: suspends ? "guests can wait (JSPI)" : "guests cannot wait: JSPI is missing",
    fix: "Use a current Deno without V8 flags.",
  };
}

/** Whether services can have workers with permissions of their own. */
export function checkFlags(state: WorkerOptionsState): Check {
  return {
    name: "worker options",
    verdict: state === "off" ? "bad" : "good",
    text: state === "off" ? "off: no service could be started" : state === "on" ? "on" : "built in",
    fix: 'Start Deno with --unstable-worker-options, or put "unstable": ["worker-options"] into deno.json.',
  };
}

/** What a host may do is the ceiling of what its services may be granted. */
async function checkPermissions(): Promise<Check> {
  const names = ["read", "write", "net", "env", "sys"] as const;
  const states = await Promise.all(names.map(async (name) => (await Deno.permissions.query({ name })).state));
  const lacking = names.filter((_name, at) => states[at] !== "granted");
  return {
    name: "permissions",
    verdict: lacking.length === 0 ? "good" : "note",
    text: lacking.length === 0 ? "all that a host uses" : `without, or only in part: ${lacking.join(", ")}`,
    fix:
      "Services can be granted no more than the host has: start it with -A, or with the --allow-… that they need.",
  };
}

const USUAL_PORT = 8083;

/** Whether `berth serve` finds its port free. */
export function checkPort(port: number): Check {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return { name: "port", verdict: "good", text: `${port} is free` };
  } catch (error) {
    const why = error instanceof Deno.errors.AddrInUse ? "in use" : String(error);
    return {
      name: "port",
      verdict: "note",
      text: `${port}: ${why}`,
      fix: "If that is not a Berth that is wanted there (see below), start this one with --port.",
    };
  }
}

/** A host with nothing to do takes about 115 MB, each service that runs 20 MB more (runtime/dist/README.md). */
const MEMORY_LEAST_BYTES = 450e6;

/** Whether the machine has room for a few services. */
export function checkMemory(totalBytes: number): Check {
  return {
    name: "memory",
    verdict: totalBytes < MEMORY_LEAST_BYTES ? "note" : "good",
    text: `${(totalBytes / 1e9).toFixed(1)} GB`,
    fix: "Room for few services: those that nobody calls are put to sleep, the others take about 20 MB each.",
  };
}

async function checkData(folder: string): Promise<Check> {
  const name = "data folder";
  try {
    await Deno.mkdir(folder, { recursive: true });
    const probe = await Deno.makeTempFile({ dir: folder, prefix: ".doctor-" });
    await Deno.remove(probe);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      name,
      verdict: "bad",
      text: `${folder} cannot be written: ${why}`,
      fix: "Choose another with --data.",
    };
  }
  const freeBytes = await output("df", ["-Pk", folder]).then((text) =>
    Number(text.split("\n")[1]?.trim().split(/\s+/)[3] ?? NaN) * 1024
  );
  if (Number.isNaN(freeBytes)) return { name, verdict: "good", text: folder };
  const text = `${folder}, ${(freeBytes / 1e9).toFixed(1)} GB free`;
  const low = freeBytes < DISK_LEAST_BYTES;
  return { name, verdict: low ? "bad" : "good", text, fix: "Free some space: images and storage need it." };
}

function checkClock(now: Date): Check {
  const plausible = now.getUTCFullYear() >= YEAR_LEAST;
  return {
    name: "clock",
    verdict: plausible ? "good" : "bad",
    text: now.toISOString(),
    fix: "Set the clock (timedatectl set-ntp true): certificates and tokens are refused otherwise.",
  };
}

async function checkKernel(): Promise<Check[]> {
  if (Deno.build.os !== "linux") return [];
  const checks: Check[] = [];
  const pageBytes = Number((await output("getconf", ["PAGESIZE"])).trim());
  if (pageBytes > 0) {
    checks.push({
      name: "memory pages",
      verdict: pageBytes === PAGE_USUAL_BYTES ? "good" : "note",
      text: `${pageBytes} bytes`,
      fix:
        "On a Raspberry Pi 5, kernel=kernel8.img in config.txt gives 4 KiB pages, with which Deno is sure to run.",
    });
  }
  const spaceKib = (await output("sh", ["-c", "ulimit -v"])).trim();
  const bounded = /^\d+$/.test(spaceKib) && Number(spaceKib) < ADDRESS_SPACE_LEAST_KIB;
  checks.push({
    name: "address space",
    verdict: bounded ? "bad" : "good",
    text: /^\d+$/.test(spaceKib) ? `${spaceKib} KiB` : "not limited",
    fix: "Wasm memories reserve far more than they use: ulimit -v unlimited",
  });
  return checks;
}

async function output(program: string, args: string[]): Promise<string> {
  try {
    const { stdout } = await new Deno.Command(program, { args, stderr: "null" }).output();
    return new TextDecoder().decode(stdout);
  } catch {
    return ""; // not on this system: the check is left out
  }
}

/** Looks at the device: does it answer, and does it know the key. */
export async function checkDevice(client: DeviceClient): Promise<Check[]> {
  const { origin } = client.device;
  try {
    const health = await client.health();
    const failing = health.failing ?? 0;
    const answer: Check = {
      name: "device",
      verdict: failing > 0 ? "note" : "good",
      text: `${origin}: ${counted(health.services ?? 0, "service")}, ${failing} failing`,
      fix: "See which with: berth ls",
    };
    return [answer, await checkKey(client)];
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    const fix = client.device.local
      ? "Start one with: berth serve"
      : "Check the address, and that it is running.";
    return [{ name: "device", verdict: "note", text: `no host answers at ${origin}`, fix }];
  }
}

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? "" : "s"}`;

/** A port that a host of ours holds is where it should be. */
export function withOwnPort(checks: readonly Check[], { device }: DeviceClient): Check[] {
  const answers = checks.some(({ name, verdict }) => name === "device" && verdict === "good");
  const ours = answers && device.local && new URL(device.origin).port === String(USUAL_PORT);
  return checks.map((check) =>
    check.name === "port" && ours
      ? { name: "port", verdict: "good", text: `${USUAL_PORT}: a host listens` }
      : check
  );
}

async function checkKey(client: DeviceClient): Promise<Check> {
  try {
    await client.services();
    return { name: "API key", verdict: "good", text: "the device knows it" };
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return {
      name: "API key",
      verdict: "bad",
      text: client.device.key ? "the device refuses it" : "none found",
      fix: String(error.data["fix"] ?? ""),
    };
  }
}
