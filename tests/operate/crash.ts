/**
 * Kills a host with -9 at a random moment under load and deploys, and looks at what the next one finds: everything
 * that was acknowledged, and of what was under way all or nothing.
 */
import { DatabaseSync } from "node:sqlite";
import { join } from "@std/path";
import { assert, assertEquals } from "@std/assert";
import { handler } from "../guests/wat.ts";
import { pack } from "../host/harness.ts";
import { HostProcess } from "./host_process.ts";
import { keeper } from "./keeper.ts";

/** How often each kind of change was acknowledged, and how often one was cut. */
export interface CrashReport {
  kills: number;
  acknowledged: Record<string, number>;
  cut: Record<string, number>;
}

/** What a thing was last said to be, and what it may be instead because a change of it was under way. */
interface Claim {
  said: string | null;
  underWay?: string | null;
}

const BLOW_MAX_MS = 2_000;
const MODULES = 2;

/** Kills as often as asked on one data folder; throws at the first thing that is lost or half there. */
export async function crashRounds(
  rounds: number,
  told: (line: string) => void = () => {},
): Promise<CrashReport> {
  const folder = await Deno.makeTempDir({ prefix: "berth-test-" });
  const world = new World(folder);
  for (let round = 0; round < rounds; round++) {
    await using host = await HostProcess.start(folder);
    await world.check(host);
    await world.disturb(host, Math.random() * BLOW_MAX_MS);
    if (round % 20 === 19) told(`${round + 1} kills: ${JSON.stringify(world.report)}`);
  }
  await using host = await HostProcess.start(folder);
  await world.check(host);
  await host.kill();
  await Deno.remove(folder, { recursive: true });
  return world.report;
}

/** What was said to be true of a data folder. */
class World {
  readonly report: CrashReport = { kills: 0, acknowledged: {}, cut: {} };
  readonly #claims = new Map<string, Claim>();
  #number = 0;

  constructor(private readonly folder: string) {}

  /** Makes a change and notes what it makes true, before and after; its end may never come. */
  async #change(
    kind: string,
    name: string,
    value: string | null,
    run: () => Promise<boolean>,
  ): Promise<void> {
    const claim = this.#claims.get(name) ?? { said: null };
    this.#claims.set(name, claim);
    claim.underWay = value;
    const done = await run().catch(() => false);
    if (!done) return void (this.report.cut[kind] = (this.report.cut[kind] ?? 0) + 1);
    claim.said = value;
    delete claim.underWay;
    this.report.acknowledged[kind] = (this.report.acknowledged[kind] ?? 0) + 1;
  }

  /** Changes everything at once, over and over, until the blow falls. */
  async disturb(host: HostProcess, afterMs: number): Promise<void> {
    let alive = true;
    const again = async (step: () => Promise<void>) => {
      while (alive) await step();
    };
    const work = [
      ...Array.from({ length: MODULES }, (_, index) => again(() => this.#deploy(host, index))),
      again(() => this.#grant(host)),
      again(() => this.#store(host)),
      again(() => this.#key(host)),
    ];
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    alive = false;
    await host.kill();
    this.report.kills++;
    await Promise.all(work);
  }

  async #deploy(host: HostProcess, index: number): Promise<void> {
    const name = `svc-${index}`;
    const answer = `${name} ${++this.#number}`;
    const keep = index === 0;
    const tar = await pack(name, keep ? keeper(answer) : handler({ answer }), {
      version: `1.0.${this.#number}`,
      capabilities: { storage: true },
    });
    await this.#change("deploy", name, answer, async () => (await host.deploy(tar)).status === 201);
  }

  /** Asks for another host each time: pending first, then granted. */
  async #grant(host: HostProcess): Promise<void> {
    const asked = `host-${++this.#number}.example`;
    const tar = await pack("asker", handler({ answer: asked }), {
      capabilities: { http: { allow: [`https://${asked}`] } },
    });
    let waits = false;
    await this.#change("ask", "pending", asked, async () => waits = (await host.deploy(tar)).status === 202);
    if (!waits) return;
    // Approval takes the pending one away and makes the grant, both or none.
    const claim = this.#claims.get("pending");
    if (claim) claim.underWay = null;
    await this.#change("grant", "granted", asked, async () => {
      const done = (await host.call("/berth/v1/services/asker/approve", { method: "POST" })).status === 200;
      if (done && claim) this.#claims.set("pending", { said: null });
      return done;
    });
  }

  async #store(host: HostProcess): Promise<void> {
    if (this.#claims.get("svc-0")?.said === null) return await new Promise((end) => setTimeout(end, 5));
    const mark = `mark-${++this.#number}-end`;
    await this.#change("store", "stored", mark, async () => {
      const answer = await host.call(`/api/svc-0/${mark}`);
      return answer.status === 200;
    });
  }

  async #key(host: HostProcess): Promise<void> {
    const name = `key-${++this.#number}`;
    const body = JSON.stringify({ name, scopes: ["read"] });
    await this.#change("key", "key", name, async () => {
      const made = await host.call("/berth/v1/keys", { method: "POST", body });
      if (made.status !== 201) return false;
      const before = this.#claims.get("key")?.said;
      if (before) await host.call(`/berth/v1/keys/${before}`, { method: "DELETE" });
      return true;
    });
  }

  /** Everything is what was said, or what was under way. */
  async check(host: HostProcess): Promise<void> {
    // What is stored first: a look at the service stores that look.
    const names = [...this.#claims].sort(([a], [b]) => Number(b === "stored") - Number(a === "stored"));
    for (const [name, claim] of names) {
      const found = await this.#find(host, name, claim);
      const allowed = "underWay" in claim ? [claim.said, claim.underWay] : [claim.said];
      if (!allowed.includes(found)) await this.#tell(host);
      assert(allowed.includes(found), `${name} is ${found}; may be ${allowed.join(" or ")}`);
      this.#claims.set(name, { said: found });
    }
  }

  /** What the host says, for whoever looks for the cause; the data folder stays. */
  async #tell(host: HostProcess): Promise<void> {
    for (const path of ["services", "services/asker/grants", "approvals", "audit?limit=20"]) {
      const { status, text } = await host.call(`/berth/v1/${path}`);
      console.error(path, status, text);
    }
    console.error(this.folder, [...this.#claims]);
  }

  async #find(host: HostProcess, name: string, claim: Claim): Promise<string | null> {
    switch (name) {
      case "pending":
      case "granted":
        return await this.#findGrant(host, name);
      case "stored":
        return this.#findStored();
      case "key": {
        const { keys } = JSON.parse((await host.call("/berth/v1/keys")).text) as { keys: { name: string }[] };
        const names = keys.map((key) => key.name);
        const underWay = claim.underWay ?? "";
        return names.includes(underWay) ? underWay : names.find((known) => known === claim.said) ?? null;
      }
      default: {
        const answer = await host.call(`/api/${name}/${this.#claims.get("stored")?.said ?? ""}`);
        return answer.status === 404 ? null : answer.text;
      }
    }
  }

  async #findGrant(host: HostProcess, which: "pending" | "granted"): Promise<string | null> {
    const { status, text } = await host.call("/berth/v1/services/asker/grants");
    if (status === 404) return null;
    const { held, pending } = JSON.parse(text);
    const lines = which === "granted" ? held : pending?.asks ?? [];
    const asked = /host-\d+\.example/.exec(JSON.stringify(lines))?.[0] ?? null;
    if (which === "granted" && asked) {
      // The grant goes with its own version, never with another one.
      assertEquals((await host.call("/api/asker")).text, asked);
    }
    return asked;
  }

  #findStored(): string | null {
    const file = join(this.folder, "services", "api-svc-0", "storage.db");
    if (!exists(file)) return null;
    const db = new DatabaseSync(file);
    try {
      assertEquals(Object.values(db.prepare("PRAGMA integrity_check").get() ?? {}), ["ok"]);
      const row = db.prepare("SELECT value FROM items WHERE key = 'last'").get();
      const text = row ? new TextDecoder().decode(row.value as Uint8Array) : "";
      return /mark-\d+-end/.exec(text)?.[0] ?? null;
    } finally {
      db.close();
    }
  }
}

function exists(file: string): boolean {
  try {
    return Deno.statSync(file).isFile;
  } catch {
    return false;
  }
}
