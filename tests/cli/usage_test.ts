/** Help, wrong usage, and the commands that need no device. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { createProgram } from "../../runtime/cli/main.ts";
import { Session } from "../../runtime/cli/session.ts";
import { originOf } from "../../runtime/cli/device.ts";
import { processIo } from "../../runtime/cli/io.ts";
import { berth } from "./testing.ts";

Deno.test("every command has a help page with an example", async () => {
  const program = await createProgram(new Session(processIo()));
  const names = program.createHelp().visibleCommands(program).map((command) => command.name());
  assert(names.length > 10);
  for (const name of names.filter((each) => each !== "help")) {
    const { code, out, err } = await berth([name, "--help"]);
    assertEquals([name, code, err], [name, 0, ""]);
    assertStringIncludes(out, `Usage: berth ${name}`);
    assertStringIncludes(out, "Examples:\n");
  }
});

Deno.test("wrong usage ends with 2, says what was meant and where the help is", async () => {
  const command = await berth(["depoly"]);
  assertEquals([command.code, command.out], [2, ""]);
  assertEquals(
    command.err,
    "error: unknown command 'depoly'; did you mean deploy?\n  fix: see berth --help\n",
  );
  const option = await berth(["build", "--relaese"]);
  assertEquals(option.code, 2);
  assertEquals(
    option.err,
    "error: unknown option '--relaese'; did you mean --release?\n  fix: see berth build --help\n",
  );
  assertEquals((await berth(["logs"])).code, 2);
  assertEquals((await berth(["deploy", "--env", "novalue"])).code, 2);
  assertEquals((await berth(["ls", "--host", "http://u:p@host"])).code, 2);
});

Deno.test("without arguments the help is shown", async () => {
  const { code, out, err } = await berth([]);
  assertEquals(code, 0);
  assertStringIncludes(out + err, "First steps:");
});

Deno.test("addresses of devices", () => {
  assertEquals(originOf("pi.local"), "http://pi.local:8083");
  assertEquals(originOf("10.0.0.5:9000"), "http://10.0.0.5:9000");
  assertEquals(originOf("http://pi.local"), "http://pi.local");
  assertEquals(originOf("https://pi.local:8443/"), "https://pi.local:8443");
  assertEquals(originOf("[::1]:8083"), "http://[::1]:8083");
});

Deno.test("completions know every command", async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const { code, out } = await berth(["completions", shell]);
    assertEquals(code, 0);
    for (const name of ["deploy", "logs", "completions"]) assertStringIncludes(out, name);
  }
  assertEquals((await berth(["completions", "tcsh"])).code, 2);
});

Deno.test("a shell completes commands, options, services and images", async () => {
  const { out: script } = await berth(["completions", "bash"]);
  const completed = async (...words: readonly string[]) => {
    // What the device would answer; the script asks the program that is being completed.
    const program =
      `berth() { case "$*" in *image) echo counter-v1 ;; *service) echo counter relay ;; esac; }`;
    const line = words.map((word) => `"${word}"`).join(" ");
    const { stdout } = await new Deno.Command("bash", {
      args: [
        "-c",
        `${program}\n${script}\nCOMP_WORDS=(${line}) COMP_CWORD=${
          words.length - 1
        }; _berth; echo "\${COMPREPLY[@]}"`,
      ],
      stderr: "inherit",
    }).output();
    return new TextDecoder().decode(stdout).trim();
  };
  assertEquals(await completed("berth", "roll"), "rollback");
  assertEquals(await completed("berth", "logs", ""), "counter relay");
  assertEquals(await completed("berth", "inspect", "re"), "relay");
  assertEquals(await completed("berth", "logs", "--fo"), "--follow");
  assertEquals(await completed("berth", "images", "pr"), "prune");
  assertEquals(await completed("berth", "images", "rm", "c"), "counter-v1");
});

const NAMES = `case "$*" in *image) echo counter-v1 ;; *service) echo counter; echo relay ;; esac`;

/** Whether a shell is on this machine: a test's name says when it could only look at the script's text. */
const has = (shell: string) =>
  new Deno.Command(shell, { args: ["-c", ":"] }).output().then(() => true, () => false);

const [zsh, fish] = await Promise.all([has("zsh"), has("fish")]);

Deno.test(`zsh completes commands, options and names${zsh ? "" : " (only parsed by eye: zsh is not installed)"}`, async () => {
  const { out: script } = await berth(["completions", "zsh"]);
  assertStringIncludes(script, "#compdef berth");
  if (!zsh) return;
  const completed = async (...words: readonly string[]) => {
    // Zsh's own functions say what they are given; everything else is the script's.
    const stubs = `compdef() { : }; _files() { print files }; compadd() { shift; print -l -- "$@" }
_describe() { print -l -- "\${(@P)2}" }
berth() { ${NAMES} }`;
    const line = words.map((word) => `'${word}'`).join(" ");
    const { stdout } = await new Deno.Command("zsh", {
      args: ["-f", "-c", `${stubs}\n${script}\nwords=(${line}); CURRENT=${words.length}; _berth`],
      stderr: "inherit",
    }).output();
    return new TextDecoder().decode(stdout).trim().split("\n");
  };
  assertStringIncludes((await completed("berth", "")).join("\n"), "rollback:Put an earlier version");
  assertEquals(await completed("berth", "logs", ""), ["counter", "relay"]);
  assertEquals((await completed("berth", "logs", "-")).includes("--follow"), true);
  assertEquals((await completed("berth", "images", "")).includes("prune"), true);
  assertEquals(await completed("berth", "images", "rm", ""), ["counter-v1"]);
  assertEquals(await completed("berth", "deploy", ""), ["files"]);
});

Deno.test(`fish completes commands, options and names${fish ? "" : " (only parsed by eye: fish is not installed)"}`, async () => {
  const { out: script } = await berth(["completions", "fish"]);
  assertStringIncludes(script, "complete -c berth");
  if (!fish) return;
  const completed = async (line: string) => {
    const program =
      `function berth; if string match -q '*image' "$argv"; echo counter-v1; else; echo counter; echo relay; end; end`;
    const { stdout } = await new Deno.Command("fish", {
      args: ["--no-config", "-c", `${program}\n${script}\ncomplete -C '${line}'`],
      stderr: "inherit",
    }).output();
    return new TextDecoder().decode(stdout).trim().split("\n").map((each) => each.split("\t")[0]);
  };
  assertEquals(await completed("berth roll"), ["rollback"]);
  assertEquals(await completed("berth logs "), ["counter", "relay"]);
  assertEquals(await completed("berth logs --fo"), ["--follow"]);
  assertEquals(await completed("berth images pr"), ["prune"]);
});

Deno.test("names for a shell come without a word about a device that is away", async () => {
  assertEquals(await berth(["complete-names", "service", "--host", "127.0.0.1:1"]), {
    code: 0,
    out: "",
    err: "",
  });
});

Deno.test("packing says what is missing", async () => {
  const folder = await Deno.makeTempDir({ prefix: "berth-cli-test-" });
  try {
    const none = await berth(["pack", folder]);
    assertEquals(none.code, 1);
    assertStringIncludes(none.err, "Looked for berth.json");
    await Deno.writeTextFile(
      join(folder, "berth.json"),
      `{"berth":1,"name":"x","version":"1.0.0","modul":"x.wasm"}`,
    );
    const wrong = await berth(["pack", folder]);
    assertEquals(wrong.code, 1);
    assertStringIncludes(wrong.err, "module");
    await Deno.writeTextFile(
      join(folder, "berth.json"),
      `{"berth":1,"name":"x","version":"1.0.0","module":"x.wasm"}`,
    );
    const unbuilt = await berth(["pack", folder, "--json"]);
    assertStringIncludes(JSON.parse(unbuilt.err).error.fix, "berth build");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("serving where one cannot is told with what would help", async () => {
  const data = await Deno.makeTempDir({ prefix: "berth-cli-test-" });
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  try {
    for (const front of ["fast", "safe"]) {
      const port = String(taken.addr.port);
      const { code, err } = await berth(["serve", "--port", port, "--data", data, "--front", front]);
      assertEquals([front, code], [front, 2]);
      assertStringIncludes(err, "take another port with --port");
    }
    const elsewhere = await berth(["serve", "--host", "203.0.113.9", "--data", data]);
    assertEquals(elsewhere.code, 2);
    assertStringIncludes(elsewhere.err, "Give an address of this machine");
    await Deno.writeTextFile(join(data, "file"), "");
    const folder = await berth(["serve", "--data", join(data, "file", "below")]);
    assertEquals(folder.code, 1);
    assertStringIncludes(folder.err, "with --data");
  } finally {
    taken.close();
    await Deno.remove(data, { recursive: true });
  }
});
