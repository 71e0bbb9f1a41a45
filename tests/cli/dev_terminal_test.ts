/** `berth dev` in a real terminal (a pseudo-terminal of script(1)): requests, the offer after a denial, the keys. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { stripVTControlCharacters } from "node:util";
import { berth } from "./testing.ts";

const CLI = join(import.meta.dirname ?? "", "../../cli.ts");

/** A program in a terminal: what it shows, and keys for it. */
class Terminal implements AsyncDisposable {
  #shown = "";
  readonly #child: Deno.ChildProcess;
  readonly #keys: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<void>;

  constructor(words: readonly string[], cwd: string) {
    const line = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
    const child = new Deno.Command("script", {
      args: ["-qefc", line, "/dev/null"],
      cwd,
      env: { TERM: "xterm-256color", EDGE_ENGINE_URI: "", NO_COLOR: "" },
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#child = child;
    this.#keys = child.stdin.getWriter();
    this.#reading = (async () => {
      for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) this.#shown += text;
    })();
  }

  /** Waits until it shows the text behind what `after` saw; gives all that came since. */
  async shows(text: string, after = 0): Promise<number> {
    for (let tries = 0; tries < 1_200; tries++) {
      const shown = stripVTControlCharacters(this.#shown);
      const at = shown.indexOf(text, after);
      if (at >= 0) return at + text.length;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`waited a minute for ${JSON.stringify(text)} in:\n${this.#shown.slice(-3_000)}`);
  }

  async type(text: string): Promise<void> {
    await this.#keys.write(new TextEncoder().encode(text));
  }

  async ended(): Promise<number> {
    return (await this.#child.status).code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGTERM");
    } catch {
      // It has ended.
    }
    await this.#keys.close().catch(() => {});
    await Promise.all([this.#child.status, this.#reading]);
  }
}

Deno.test("in a terminal dev asks the service, offers what a denial lacks, rebuilds and quits", async () => {
  const folder = await Deno.makeTempDir({ prefix: "berth-dev-test-" });
  try {
    await berth(["new", "assemblyscript", "hello"], { cwd: folder });
    const manifest = join(folder, "hello", "berth.json");
    const whole = await Deno.readTextFile(manifest);
    const without = whole.replace(/\n {4}"storage": true\n {2}/, "");
    await Deno.writeTextFile(manifest, without);

    await using terminal = new Terminal(
      [Deno.execPath(), "run", "-A", CLI, "dev", "hello", "--port", "0"],
      folder,
    );
    let at = await terminal.shows("after the start");
    await terminal.type("?");
    at = await terminal.shows("this help", at);
    await terminal.type("GET /hello/Ada\r");
    at = await terminal.shows(`add  "storage": true  to berth.json? [y/N]`, at);
    await terminal.type("y");
    at = await terminal.shows("added to berth.json", at);
    at = await terminal.shows("after it was saved", at);
    const added = await Deno.readTextFile(manifest);
    assertStringIncludes(added, `"capabilities": { "storage": true }`);
    assertEquals(JSON.parse(added), JSON.parse(whole));

    await terminal.type("/hello/Bob\r");
    at = await terminal.shows(`"greeting": "hello Bob"`, at);
    await terminal.type(`POST /nothing {"a": 1}\r`);
    at = await terminal.shows("404 Not Found", at);
    await terminal.type("nonsense\r");
    at = await terminal.shows("Write a request", at);
    await terminal.type("r");
    at = await terminal.shows("after r", at);
    // An arrow recalls the line, which is then taken away: `q` acts on an empty line only.
    await terminal.type("\x1b[A\x15q");
    assertEquals(await terminal.ended(), 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
