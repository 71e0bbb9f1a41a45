/** `berth ls`, `berth inspect`, `berth rm`. */
import type { Command } from "commander";
import { nearest } from "../../unit/nearest.ts";
import type { DeviceClient, ServiceDetails, ServiceSummary } from "../client.ts";
import { CliError } from "../errors.ts";
import { moduleLines } from "../module_text.ts";
import { agoText, binaryText, durationText, type Screen } from "../screen.ts";
import { deviceOptions, examples, type Session } from "../session.ts";

/** Adds the commands. */
export function registerServices(program: Command, session: Session): void {
  const ls = program.command("ls").alias("list").description("List the services of a device.");
  deviceOptions(ls).action(async (_options: unknown, self: Command) => {
    const screen = session.screen(self);
    const client = await session.client(self);
    const [services, approvals] = await Promise.all([client.services(), client.approvals()]);
    if (screen.json) return screen.result({ services, approvals }, () => "");
    const none = "No services yet. Deploy one with: berth deploy <folder>";
    screen.line(services.length === 0 ? none : await list(services, screen));
    const c = screen.colours;
    for (const { name, version } of approvals) {
      screen.line(`${c.yellow("!")} ${name} ${version} waits for approval: ${c.cyan(`berth grant ${name}`)}`);
    }
  });
  examples(ls, [["berth ls", "on this machine"], ["berth ls --host pi.local --json", "for a script"]]);

  const inspect = program.command("inspect").description("Show what a service is, may do and has done.")
    .argument("<service>", "its name or id");
  deviceOptions(inspect).action(async (id: string, _options: unknown, self: Command) => {
    const screen = session.screen(self);
    const client = await session.client(self);
    const service = await named(client, id, () => client.service(id));
    screen.result(service, () => details(service, screen));
  });
  examples(inspect, [["berth inspect counter", "grants, limits, counters in plain words"]]);

  const rm = program.command("rm").alias("remove").description(
    "Stop services and remove them with what they stored.",
  )
    .argument("<service...>", "names or ids")
    .option("-y, --yes", "do not ask");
  deviceOptions(rm).action(async (ids: string[], options: { yes?: boolean }, self: Command) => {
    const screen = session.screen(self);
    const client = await session.client(self);
    if (!options.yes) {
      if (!session.io.inIsTerminal || screen.json) {
        throw new CliError("usage", `Asked to remove ${ids.join(", ")} where nobody can be asked`, {
          fix: "Say so with --yes: what is stored goes too.",
        });
      }
      const answer = session.io.ask(
        `Remove ${ids.join(", ")} and what ${ids.length > 1 ? "they" : "it"} stored? [y/N]`,
      );
      if (!/^y(es)?$/i.test(answer?.trim() ?? "")) return screen.line("Nothing was removed.");
    }
    const removed: ServiceSummary[] = [];
    for (const id of ids) removed.push(await named(client, id, () => client.remove(id)));
    screen.result(
      { removed },
      () => removed.map((service) => `${screen.colours.green("✔")} removed ${service.name}`),
    );
  });
  examples(rm, [["berth rm counter", "asks first"], [
    "berth rm counter relay --yes",
    "both, without a question",
  ]]);
}

/** Does something with a service; when there is none of that name, says which one may have been meant. */
export async function named<T>(client: DeviceClient, id: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof CliError) || error.data["code"] !== "service-not-found") throw error;
    const names = (await client.services()).map((service) => service.name);
    const guess = nearest(id, names);
    const approvals = await client.approvals().catch(() => []); // the error at hand matters more
    const waits = approvals.some(({ name, id: waiting }) => name === id || waiting === id);
    const fix = waits
      ? `It waits for approval, and starts with: berth grant ${id}`
      : guess
      ? `Did you mean ${guess}?`
      : names.length === 0
      ? "There are none on this device yet; deploy one with: berth deploy FOLDER"
      : `There are: ${names.join(", ")}.`;
    // By the name that was given: the device may speak of the id that it made of it.
    const detail = `The device says: there is no service ${JSON.stringify(id)}`;
    throw new CliError(error.code, detail, { ...error.data, fix });
  }
}

async function list(services: readonly ServiceSummary[], screen: Screen): Promise<string> {
  const c = screen.colours;
  const now = Date.now();
  return await screen.table(
    ["NAME", "VERSION", "STATE", "REQUESTS", "ERRORS", "CHANGED", "ADDRESS"],
    services.map((service) => {
      const errors = service.counters?.errors ?? 0;
      return [
        c.bold(service.name),
        service.version,
        stateText(service.state, screen),
        String(service.counters?.requests ?? 0),
        errors > 0 ? c.red(String(errors)) : "0",
        service.updatedMs ? agoText(now - service.updatedMs) : "",
        service.url,
      ];
    }),
  );
}

function stateText(state: string, screen: Screen): string {
  const c = screen.colours;
  if (state === "failing" || state === "failed") return c.red(state);
  if (state === "idle" || state === "stopped" || state === "asleep") return c.dim(state);
  return c.green(state);
}

function details(service: ServiceDetails, screen: Screen): string[] {
  const c = screen.colours;
  const row = (name: string, text: string) => `${c.dim(name.padEnd(10))} ${text}`;
  const counters = service.counters ?? {};
  const denials = Object.entries(counters.denials ?? {}).map(([name, count]) => `${name} ${count}`).join(
    ", ",
  );
  return [
    `${c.bold(service.name)} ${service.version}  ${stateText(service.state, screen)}`,
    ...(service.description ? [service.description] : []),
    ...(service.reason ? [c.red(service.reason)] : []),
    "",
    row("address", service.url),
    row("id", service.id),
    row("image", service.image.slice(0, 12)),
    ...(service.updatedMs ? [row("changed", new Date(service.updatedMs).toISOString())] : []),
    ...(service.memory
      ? [row("memory", service.memory === "shared" ? "shared by all requests" : "fresh for every request")]
      : []),
    row(
      "requests",
      `${counters.requests ?? 0}, ${counters.errors ?? 0} failed, ${durationText(counters.cpuMs ?? 0)} CPU`,
    ),
    ...(counters.egress && counters.egress.sentBytes + counters.egress.receivedBytes > 0
      ? [
        row(
          "egress",
          `${binaryText(counters.egress.sentBytes)} sent, ${
            binaryText(counters.egress.receivedBytes)
          } received`,
        ),
      ]
      : []),
    ...(denials ? [row("denied", c.yellow(denials))] : []),
    ...(service.env?.length ? [row("config", service.env.join(", "))] : []),
    "",
    c.bold("It may"),
    ...grantLines(service, screen),
    "",
    c.bold("Within"),
    ...limitLines(service, c.dim),
    ...(service.preparation ? ["", c.bold("Its module"), ...moduleLines(service.preparation, c)] : []),
  ];
}

function grantLines(service: ServiceDetails, screen: Screen): string[] {
  const words = service.grantsInWords ?? [];
  if (words.length === 0) return ["  do nothing but compute"];
  return words.flatMap(({ name, allows }) =>
    (allows.length === 0 ? ["all of it"] : allows).map((line, index) =>
      `  ${screen.colours.cyan((index === 0 ? name : "").padEnd(9))} ${line}`
    )
  );
}

const SHOWN_LIMITS = [
  "memoryMaxBytes",
  "wallMaxMs",
  "cpuMaxMs",
  "concurrencyMaxCount",
  "requestBodyMaxBytes",
];

function limitLines({ limits = {}, use = {} }: ServiceDetails, dim: (text: string) => string): string[] {
  const shown = [...new Set([...SHOWN_LIMITS, ...Object.keys(use)])];
  return shown.filter((name) => limits[name] !== undefined).map((name) => {
    const used = use[name] === undefined ? "" : `, now ${limitText(name, use[name])}`;
    return `  ${limitText(name, limits[name] ?? 0).padEnd(9)} ${dim(name + used)}`;
  });
}

/** A limit's value in its unit, which is the last part of its name. */
export function limitText(name: string, value: number): string {
  if (name.endsWith("BytesPerSecond")) return `${binaryText(value)}/s`;
  if (name.endsWith("Bytes")) return binaryText(value);
  return name.endsWith("Ms") ? durationText(value) : value.toLocaleString("en");
}
