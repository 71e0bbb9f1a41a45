/**
 * Every guest of `tests/guests/wasi/programs`, four times: behind all walls, the same through the C library, behind the capability wall alone (no limits by
 * Deno), and behind Deno's wall alone (the door switched off). The guests say themselves what must come out.
 */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { libcPath } from "../../capabilities/files/native_libc.ts";
import { compile } from "../guests/wasi/compile.ts";
import { type Headers, readHeaders } from "../guests/wasi/headers.ts";
import { type GuestJob, type GuestOutcome, runGuest } from "./guest_host.ts";
import { GuestWorker } from "./guest_worker_host.ts";
import { GuestPlace, SECRET } from "./guest_place.ts";

const FOLDER = join(import.meta.dirname ?? ".", "../guests/wasi/programs");
/** The exit code of a guest whose attack succeeded is this plus its line. */
const ATTACK_SUCCEEDED = 1000;
const base = Deno.realPathSync(Deno.makeTempDirSync());

interface Guest {
  readonly name: string;
  readonly headers: Headers;
  readonly wasm: Uint8Array<ArrayBuffer>;
  readonly expectations: number;
}

const guests: Guest[] = [...Deno.readDirSync(FOLDER)].filter(({ name }) => name.endsWith(".guest"))
  .map(({ name }) => {
    const source = Deno.readTextFileSync(join(FOLDER, name));
    return { name: name.slice(0, -6), headers: readHeaders(source, name), ...compile(source, name) };
  }).sort((a, b) => a.name < b.name ? -1 : 1);

/** A worker for every guest's work folder in one mode. */
function scopedHost(mode: string): GuestWorker {
  const folder = ({ name }: Guest) => join(base, mode, name, "work");
  const writable = guests.filter(({ headers }) => headers.access === "read-write").map(folder);
  return new GuestWorker(guests.map(folder), writable, mode === "native" ? libcPath() : undefined);
}

function jobFor(guest: Guest, mode: string): { job: GuestJob; place: GuestPlace } {
  const place = new GuestPlace(join(base, mode, guest.name), guest.headers);
  const { without, args, env } = guest.headers;
  const files = place.grant(guest.headers, mode === "native");
  const shared = { wasm: guest.wasm, files, privateFolder: place.work, args, env };
  const denied = files.mounts.length + (files.private ? 1 : 0) + (files.scratch ? 1 : 0) === 0
    ? ["files"]
    : [];
  return { job: { ...shared, loose: mode === "deno", without: [...without, ...denied] }, place };
}

function checkOutcome({ headers }: Guest, outcome: GuestOutcome, place: GuestPlace): void {
  assertEquals(outcome.errors, [], "the host itself failed");
  assertEquals(place.harm(), "");
  if (headers.trap) assert(outcome.trap !== "", "the guest was to trap");
  else assertEquals(outcome.trap, "");
  assertEquals(outcome.exit, headers.exit, `the call in line ${outcome.exit} answered otherwise`);
  assertEquals(outcome.out.includes(SECRET), false, "the guest wrote the secret");
  if (headers.out !== undefined) assertEquals(outcome.out, `${headers.out}\n`);
}

Deno.test("every guest expects something", () => {
  assertEquals(guests.filter(({ expectations }) => expectations === 0).map(({ name }) => name), []);
  assert(guests.length > 0);
});

Deno.test("guests behind all walls", async (t) => {
  const host = scopedHost("both");
  for (const guest of guests) {
    await t.step(guest.name, async () => {
      const { job, place } = jobFor(guest, "both");
      checkOutcome(guest, await host.run(job), place);
    });
  }
  host.close();
});

Deno.test("guests through the C library, in a worker that may call it", async (t) => {
  const host = scopedHost("native");
  for (const guest of guests) {
    await t.step(guest.name, async () => {
      const { job, place } = jobFor(guest, "native");
      checkOutcome(guest, await host.run(job), place);
    });
  }
  host.close();
});

Deno.test("guests behind the capability wall alone", async (t) => {
  for (const guest of guests) {
    await t.step(guest.name, async () => {
      const { job, place } = jobFor(guest, "capability");
      checkOutcome(guest, await runGuest(job), place);
    });
  }
});

Deno.test("hostile guests behind Deno's wall alone: what is known to get out does, and nothing else", async (t) => {
  const host = scopedHost("deno");
  for (const guest of guests.filter(({ name }) => name.startsWith("hostile_"))) {
    if (guest.headers.backend !== "host") continue;
    await t.step(guest.name, async () => {
      const { job, place } = jobFor(guest, "deno");
      const outcome = await host.run(job);
      const succeeded = outcome.exit > ATTACK_SUCCEEDED;
      const leaked = succeeded || outcome.out.includes(SECRET) || place.harm() !== "";
      assertEquals(
        leaked,
        guest.headers.denoAloneLeaks,
        `exit ${outcome.exit} ${outcome.trap} ${place.harm()}`,
      );
    });
  }
  host.close();
  Deno.removeSync(base, { recursive: true });
});
