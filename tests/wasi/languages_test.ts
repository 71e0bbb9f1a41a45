/** Guests in C++ and AssemblyScript, where a real C library or runtime stands between the program and the host. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { libcPath } from "../../capabilities/files/native_libc.ts";
import {
  type LanguageGuest,
  languageGuests,
  type LanguageProgram,
  readProgram,
} from "../guests/wasi/languages.ts";
import { type Headers, readHeaders } from "../guests/wasi/headers.ts";
import { type GuestJob, type GuestOutcome } from "./guest_host.ts";
import { GuestPlace } from "./guest_place.ts";
import { GuestWorker } from "./guest_worker_host.ts";

const guests = await languageGuests();
const base = Deno.realPathSync(Deno.makeTempDirSync());
const headers: Headers = readHeaders("#! env NAME=a value", "languages");

const corner = (mode: string, guest: LanguageGuest, program: LanguageProgram) =>
  join(base, mode, guest.language, program.name);

function jobFor(guest: LanguageGuest, program: LanguageProgram, mode: string): [GuestJob, GuestPlace] {
  const place = new GuestPlace(corner(mode, guest, program), headers);
  const files = place.grant(headers, mode === "native");
  const { wasm } = guest;
  const job = { wasm, files, privateFolder: place.work, loose: false, without: [] };
  return [{ ...job, args: [program.name], env: headers.env }, place];
}

function check(program: LanguageProgram, outcome: GuestOutcome, place: GuestPlace): void {
  const said = `${outcome.out} ${outcome.trap}`;
  assertEquals(outcome.errors, [], "the host itself failed");
  assertEquals(place.harm(), "");
  if (program.exit === null) assert(outcome.trap !== "", `it was to trap: exit ${outcome.exit} ${said}`);
  else assertEquals([outcome.exit, outcome.trap], [program.exit, ""], said);
}

for (const mode of ["both walls", "native"]) {
  Deno.test(`programs of C++ and AssemblyScript, ${mode}`, async (t) => {
    const all = guests.flatMap((guest) => guest.programs.map((program) => ({ guest, program })));
    const folders = all.map(({ guest, program }) => join(corner(mode, guest, program), "work"));
    const worker = new GuestWorker(folders, folders, mode === "native" ? libcPath() : undefined);
    for (const { guest, program } of all) {
      await t.step(`${guest.language} ${program.name}`, async () => {
        const [job, place] = jobFor(guest, program, mode);
        check(program, await worker.run(job), place);
      });
    }
    worker.close();
  });
}

Deno.test("a program of a language that expects nothing is not built", () => {
  for (const line of ["name) {", 'name, "") {', '"name", "exit", () => {', '"name", () => {']) {
    assertThrows(() => readProgram(line), Error, "expects nothing");
  }
  assertEquals(readProgram('"name", "exit 7", () => {'), { name: "name", exit: 7 });
  for (const { programs } of guests) assert(programs.length > 10);
  Deno.removeSync(base, { recursive: true });
});
