/** What `berth dev` does: builds, deploys, follows the log, and asks about what was denied. */
import { resolve } from "@std/path";
import type { Builder } from "../../build/build.ts";
import { BerthError } from "../../error.ts";
import type { DeviceClient, LogEntry, ServiceSummary } from "../client.ts";
import { buildWithSteps } from "../commands/build.ts";
import { isPending } from "../commands/deploy.ts";
import { clean, logLine } from "../commands/logs.ts";
import { reportError } from "../report.ts";
import { durationText, type Screen } from "../screen.ts";
import type { Session } from "../session.ts";
import { addToManifest, Offers } from "./offer.ts";

/** A project that is being worked on, and the device that it runs on. */
export interface DevelopmentOptions {
  readonly root: string;
  readonly client: DeviceClient;
  readonly builder: Builder;
  readonly session: Session;
  readonly screen: Screen;
  /** Guest path → folder, as given. */
  readonly mounts: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  /** Whether somebody can answer. */
  readonly interactive: boolean;
  /** Ends everything. */
  readonly signal: AbortSignal;
}

const RECONNECT_MS = 300;

/** One run of `berth dev`. */
export class Development {
  readonly #offers = new Offers();
  readonly #startedAt = new Date().toISOString();
  #service: ServiceSummary | undefined;

  constructor(private readonly options: DevelopmentOptions) {}

  /** The service, once it runs. */
  get service(): ServiceSummary | undefined {
    return this.#service;
  }

  /**
   * Builds and deploys; a mistake is shown, and what ran before runs on.
   * @param sinceMs when the change was saved (ms of the wall clock)
   * @param change in words: "after it was saved"
   */
  async round(sinceMs: number, change: string): Promise<void> {
    const { root, builder, client, session, screen, mounts, env } = this.options;
    const { packProject } = await import("../pack.ts");
    try {
      const { cached } = await buildWithSteps(builder, root, screen, {});
      const { tar } = await packProject(root);
      const folders = Object.entries(mounts).map(([guest, path]) => [guest, resolve(session.io.cwd, path)]);
      // Whoever writes the manifest here is also the operator.
      const request = { approved: true, mounts: Object.fromEntries(folders), env };
      const service = await client.deploy(tar, request);
      if (isPending(service)) return;
      const c = screen.noteColours;
      const took = durationText(Math.max(0, Date.now() - sinceMs));
      screen.note(`${c.green("✔")} ${c.bold(service.url)}  ${c.dim(`${took} ${change}`)}`);
      const first = this.#service === undefined;
      this.#service = service;
      if (!first) return;
      this.#follow(service.name);
      if (cached) builder.warm(root).catch(() => {}); // what is wrong is said by the build that needs it
    } catch (error) {
      if (!(error instanceof BerthError)) throw error;
      await reportError(error, session);
    }
  }

  /** Answers the offer that waits, if one does: `true` puts the line into berth.json, which starts a round. */
  async answerOffer(yes: boolean): Promise<void> {
    const { screen, root } = this.options;
    const offer = this.#offers.close();
    if (!offer?.add) return;
    if (!yes) return screen.note(screen.noteColours.dim("left as it is"));
    const problem = await addToManifest(root, offer.add);
    screen.note(
      problem === undefined
        ? `${screen.noteColours.green("✔")} added to berth.json: ${clean(offer.line)}`
        : `${screen.noteColours.red("✖")} berth.json is as it was: ${clean(problem)}`,
    );
  }

  /** Whether a yes or no is waited for. */
  get asks(): boolean {
    return this.#offers.open !== undefined;
  }

  /** Shows the service's log until the end; over new deployments, which end a stream. */
  async #follow(name: string): Promise<void> {
    const { client, signal } = this.options;
    // Not what earlier runs said; a device may have another clock, so there the last lines are shown.
    let newest = client.device.local ? this.#startedAt : "";
    while (!signal.aborted) {
      const shown = newest; // of the connection before
      try {
        for await (const entry of client.logs(name, { tail: 20, follow: true })) {
          if (signal.aborted) return;
          if (entry.time <= shown) continue;
          newest = entry.time;
          this.#show(entry);
        }
      } catch {
        // the service is being replaced, or the device is away: tried again
      }
      await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
    }
  }

  #show(entry: LogEntry): void {
    const { screen, interactive } = this.options;
    screen.line(logLine(entry, screen.colours));
    // The line of the log names what would allow it; what only its author can know is not offered.
    const offer = this.#offers.of(entry);
    if (!interactive || !offer?.add) return;
    const c = screen.noteColours;
    screen.note(`${c.yellow("?")} add  ${c.bold(clean(offer.line))}  to berth.json? ${c.cyan("[y/N]")}`);
  }
}
