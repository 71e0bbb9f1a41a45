/** The single files, as a device would run them: from an empty folder, without this project beside them. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { makeBundle } from "../../runtime/dist/bundle.ts";
import { buildIn, payloadOffset } from "../../runtime/dist/elf.ts";
import { makeSingleFile } from "../../runtime/dist/single_file.ts";
import { handler } from "../guests/wat.ts";
import { pack } from "../host/harness.ts";

const bundle = await makeBundle();

interface Running extends AsyncDisposable {
  readonly origin: string;
  readonly folder: string;
}

/** Starts `serve` in a folder of its own, with nothing of this process's environment. */
async function serve(program: string, args: readonly string[], folder: string): Promise<Running> {
  const child = new Deno.Command(program, {
    args: [...args, "serve", "--port", "0", "--data", "data", "--json"],
    cwd: folder,
    clearEnv: true,
    env: { HOME: folder },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const errors = new Response(child.stderr).text();
  const reader = child.stdout.getReader();
  let text = "";
  while (!text.includes("\n}")) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`it ended: ${text}${await errors}`);
    text += new TextDecoder().decode(value);
  }
  const { origin }: { origin: string } = JSON.parse(text);
  return {
    origin,
    folder,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await reader.cancel();
      await Promise.all([child.status, errors]);
    },
  };
}

/** Deploys over HTTP and calls: the worker, the store, the console and the API are all in the file. */
async function checkServing({ origin, folder }: Running): Promise<void> {
  const key = (await Deno.readTextFile(join(folder, "data", "api-key"))).trim();
  const form = new FormData();
  form.set("image", new File([await pack("who", handler({ answer: "from one file" }))], "who.tar"));
  const headers = { authorization: `Bearer ${key}` };
  const image = await (await fetch(`${origin}/mcm/v1/images`, { method: "POST", headers, body: form }))
    .json();
  const made = await fetch(`${origin}/mcm/v1/mims`, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify({ name: "who", image: image.name, env: {} }),
  });
  assert(made.ok, await made.text());
  assertEquals(await (await fetch(`${origin}/api/who`)).text(), "from one file");
  assertStringIncludes(await (await fetch(`${origin}/console/`)).text(), "<html");
}

Deno.test("the bundle serves, and unpacks SDKs and templates when they are wanted", async () => {
  const folder = await Deno.makeTempDir({ prefix: "berth-bundle-" });
  try {
    await Deno.writeTextFile(join(folder, "berth.js"), bundle.file);
    const args = [
      "run",
      "-A",
      "--no-config",
      "--quiet",
      "--unstable-worker-options",
      join(folder, "berth.js"),
    ];
    {
      await using running = await serve(Deno.execPath(), args, folder);
      await checkServing(running);
    }
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: [...args, "new", "rust", "made"],
      cwd: folder,
      env: { HOME: folder, XDG_CACHE_HOME: join(folder, "cache") },
      stdout: "null",
    }).output();
    assert(success);
    const cargo = await Deno.readTextFile(join(folder, "made", "Cargo.toml"));
    const sdk = /path = "([^"]+)"/.exec(cargo)?.[1] ?? "";
    assert(sdk.startsWith(join(folder, "cache")), cargo);
    assert((await Deno.stat(join(sdk, "Cargo.toml"))).isFile);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test({
  name: "one program with Deno inside serves, with the user's arguments behind its own",
  ignore: Deno.build.os !== "linux", // an ELF file runs nowhere else
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "berth-single-" });
    try {
      const program = join(folder, "berth");
      const deno = await Deno.readFile(Deno.execPath());
      await Deno.writeFile(program, makeSingleFile(deno, bundle), { mode: 0o755 });
      await using running = await serve(program, [], folder);
      await checkServing(running);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("what is not a program for x86-64 or aarch64 is refused, and so is a damaged table", () => {
  const elf = new Uint8Array(512);
  const view = new DataView(elf.buffer);
  const refused = (message: string) => {
    const text = (() => {
      try {
        buildIn(elf, ["a", "b"], new Uint8Array(1));
        return "";
      } catch (error) {
        return String(error);
      }
    })();
    assertStringIncludes(text, message);
  };
  refused("no ELF file");
  view.setUint32(0, 0x7f454c46);
  view.setUint16(4, 0x0201);
  view.setUint16(18, 62, true);
  view.setBigUint64(32, 64n, true);
  view.setUint16(56, 2, true);
  refused("no notes");
  view.setUint32(64, 1, true); // a segment to load, of 4096 bytes
  view.setBigUint64(64 + 40, 4096n, true);
  view.setUint32(64 + 56, 4, true); // the notes behind it
  const made = buildIn(elf, ["a", "b"], new Uint8Array([7]));
  assertEquals(made.length, payloadOffset(elf.length) + 1);
  assertEquals(made[payloadOffset(elf.length)], 7);
  assertEquals(new DataView(made.buffer).getBigUint64(24, true), 0x10000n);
});
