/** The short way of `berth serve` understands what commander understands, and leaves everything else to it. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { processIo } from "../../runtime/cli/io.ts";
import { createProgram } from "../../runtime/cli/main.ts";
import { plainServe } from "../../runtime/cli/plain_serve.ts";
import { Session } from "../../runtime/cli/session.ts";
import { main } from "../../runtime/cli/start.ts";

const io = { ...processIo(), outIsTerminal: false, errIsTerminal: false };

/** What commander makes of a command line. */
async function commanders(args: readonly string[]): Promise<Record<string, unknown>> {
  const program = await createProgram(new Session(io), args);
  const command = program.commands.find((each) => each.name() === "serve");
  command?.action(() => {});
  await program.parseAsync([...args], { from: "user" });
  return command?.opts() ?? {};
}

Deno.test("a plain command line means what commander reads in it, whichever options it has", async () => {
  const program = await createProgram(new Session(io), ["serve"]);
  const options = program.commands.find((each) => each.name() === "serve")?.options ?? [];
  const words = options.flatMap(({ long, short, required, argChoices }) => {
    const value = argChoices?.[0] ?? "7";
    const names = [long, short].filter((name) => name !== undefined && name !== null);
    return names.flatMap((name) => required ? [[name, value], [`${long}=${value}`]] : [[name]]);
  });
  assertEquals(words.length > 20, true);
  for (const line of [[], ...words, ["-p", "0", "--host", "0.0.0.0", "--no-announce", "--json"]]) {
    const args = ["serve", ...line];
    assertEquals({ ...plainServe(args, io) } as unknown, await commanders(args), args.join(" "));
  }
});

Deno.test("help, mistakes and terminals are not for it", () => {
  for (
    const line of [
      "serve --help",
      "serve -h",
      "serve --prot 1",
      "serve --port x",
      "serve --port 65536",
      "serve --port",
      "serve --port=",
      "serve --port 0x50",
      "serve constructor", // names that every object of JavaScript has
      "serve __proto__",
      "serve --data d toString 1",
      "serve --data --json",
      "serve --json=1",
      "serve --front quick",
      "serve folder",
      "--json serve",
      "ls",
    ]
  ) assertEquals(plainServe(line.split(" "), io), null, line);
  assertEquals(plainServe(["serve"], { ...io, outIsTerminal: true }), null);
  assertEquals(plainServe(["serve"], { ...io, errIsTerminal: true }), null);
  assertEquals(plainServe(["serve"], { ...io, env: () => "1" }), null, "colours where they are asked for");
});

Deno.test("its errors look like everyone's", async () => {
  const written: string[] = [];
  const world = { ...io, err: (text: string) => void written.push(text) };
  assertEquals(await main(["serve", "--data", "/dev/null/data"], world), 1);
  assertStringIncludes(written.join(""), "error: Tried to make the data folder /dev/null/data");
  assertStringIncludes(written.join(""), "fix: Choose a folder that this user may write to, with --data.");
  written.length = 0;
  assertEquals(await main(["serve", "--json", "--tls-cert", "none.pem"], world), 2);
  assertEquals(JSON.parse(written.join("")).error.code, "usage");
});
