/** Errors, brought about for real: over the management API, by calling a service, and on the command line. */
import { gzipSync } from "node:zlib";
import { join } from "@std/path";
import { newSigningKeys, parseTrustedKeys, signImage } from "../../mod.ts";
import { berth, FakeDevice } from "../cli/testing.ts";
import { assemble, handler } from "../guests/wat.ts";
import { pack, type TestHost, testHost } from "../host/harness.ts";

/** What was seen of an error. */
export interface Seen {
  readonly code: string;
  readonly detail: string;
  readonly fix: string;
}

/** Brings an error about and gives what is seen of it. */
export type Trigger = (test: TestHost) => Promise<Seen>;

const json = (body: unknown): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: typeof body === "string" ? body : JSON.stringify(body),
});

const call = (path: string, init?: RequestInit): Trigger => async (test) =>
  (await test.manage(path, init)).json();
const bare = (path: string, init?: RequestInit): Trigger => async (test) =>
  (await test.call(path, init)).json();

/** Deploys a tar. */
function send(tar: () => Uint8Array | Promise<Uint8Array>, options: Record<string, unknown> = {}): Trigger {
  return async (test) => {
    const form = new FormData();
    form.set("image", new File([new Uint8Array(await tar())], "image.tar"));
    form.set("options", JSON.stringify({ approved: true, ...options }));
    return (await test.manage("/berth/v1/deployments", { method: "POST", body: form })).json();
  };
}

const wat = (text: string, manifest?: Record<string, unknown>): Trigger =>
  send(() => pack("bad", assemble(text), manifest));

/** Deploys a service and calls it. */
const service =
  (name: string, module: Uint8Array, manifest = {}, path = `/api/${name}`, init?: RequestInit): Trigger =>
  async (test) => {
    await test.deploy(name, module, manifest);
    return (await test.call(path, init)).json();
  };

/** A tar archive with one file, by the system's own layout (POSIX ustar). */
function tarOf(
  name: string,
  text: string,
  change: (block: Uint8Array) => void = () => {},
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(2_048), encoder = new TextEncoder();
  const put = (at: number, value: string) => bytes.set(encoder.encode(value), at);
  put(0, name);
  put(100, "0000644\0");
  put(124, text.length.toString(8).padStart(11, "0") + "\0");
  put(136, "00000000000\0");
  put(156, "0");
  put(257, "ustar\x0000");
  put(512, text);
  change(bytes);
  put(148, "        ");
  const sum = bytes.subarray(0, 512).reduce((before, byte) => before + byte, 0);
  put(148, `${sum.toString(8).padStart(6, "0")}\0 `);
  return bytes;
}

/** Runs a command line that fails, and reads its error. */
const command = (...args: readonly string[]): Trigger => async ({ folder }) => {
  const { err } = await berth([...args, "--json"], { cwd: folder });
  return JSON.parse(err.trim().split("\n").at(-1) ?? "").error;
};

/** The same, as a person sees it. */
async function shown(code: string, ...args: readonly string[]): Promise<Seen> {
  const { err } = await berth(args);
  const [, detail = "", fix = ""] = /^error: ([^]*?)\n(?: {2}fix: (.*)\n)?$/.exec(err) ?? [];
  return { code, detail, fix };
}

async function thrown(run: () => unknown): Promise<Seen> {
  try {
    await run();
  } catch (error) {
    const { code, detail } = error as Seen; // an error of Berth; anything else fails the comparison
    return { code, detail, fix: "" };
  }
  throw new Error("it did not fail");
}

/** Uploads an image with a signature, to a host that trusts nobody yet. */
async function signed(change: "none" | "missing" | "broken" | "untrusted"): Promise<Seen> {
  const { publicKey } = await newSigningKeys();
  await using strict = await testHost({ trustedKeys: parseTrustedKeys(`someone ${publicKey}`) });
  if (change === "missing") return await send(() => pack("plain", handler()))(strict);
  const { packImage } = await import("../../runtime/unit/pack.ts");
  const manifest = JSON.stringify({ berth: 1, name: "s", version: "1.0.0", module: "s.wasm" });
  const signature = change === "broken"
    ? "{}"
    : JSON.stringify(await signImage(`sha256:${"0".repeat(64)}`, (await newSigningKeys()).privateKey));
  return await send(() => packImage({ manifest, module: { path: "s.wasm", bytes: handler() }, signature }))(
    strict,
  );
}

/** Asks for a copy of a service's storage, or to go back to one; the answer is in mimOE's shape. */
async function copyOf(test: TestHost, name: string, action: string): Promise<Seen> {
  const answer = await test.manage(`/mcm/v1/mims/api-${name}/dataStore`, json({ action, path: "none" }));
  const body = await answer.json();
  return { code: body.error?.reason, detail: body.message, fix: body.error?.fix ?? JSON.stringify(body) };
}

const LOOP = handler({ body: "(loop $again (br $again))" });
const hello = () => pack("hello", handler());
const key = (text: string): RequestInit => ({ headers: { authorization: text } });

/** One for each code that can be brought about in a moment. */
export const TRIGGERS: Readonly<Record<string, Trigger>> = {
  "route-unknown": bare("/nowhere"),
  "key-missing": bare("/berth/v1/services"),
  "key-wrong": bare("/berth/v1/services", key("Bearer berth_wrong")),
  "client-invalid": call("/berth/v1/services", { headers: { "x-client-id": "a b" } }),
  "scope-missing": async (test) => {
    const made = await (await test.manage("/berth/v1/keys", json({ name: "reader", scopes: ["read"] })))
      .json();
    return await bare("/berth/v1/services/x", {
      method: "DELETE",
      headers: { authorization: `Bearer ${made.key}` },
    })(test);
  },
  "key-invalid": call("/berth/v1/keys", json({ name: "a b", scopes: ["read"] })),
  "key-unknown": call("/berth/v1/keys/nobody", { method: "DELETE" }),
  "key-last": async (test) => {
    const { keys } = await (await test.manage("/berth/v1/keys")).json();
    return await call(`/berth/v1/keys/${keys[0].name}`, { method: "DELETE" })(test);
  },
  "service-not-found": call("/berth/v1/services/nobody"),
  "image-not-found": async (test) => {
    const { error } = await (await test.manage("/mcm/v1/mims", json({ name: "x", image: "none", env: {} })))
      .json();
    return { code: error.reason, detail: error.message, fix: error.fix };
  },
  "nothing-pending": call("/berth/v1/services/nobody/approve", { method: "POST" }),
  "revision-unknown": async (test) => {
    await test.deploy("rolled", handler());
    return await call("/berth/v1/services/rolled/rollback", json({ revision: 99 }))(test);
  },
  "request-invalid": call("/berth/v1/keys", json("{")),
  "request-too-large": call("/berth/v1/keys", json(" ".repeat(2_000_000))),
  "cluster-unknown": call("/mds/v1/nodes?clusters=account"),
  "openapi-missing": async (test) => {
    await test.deploy("mute", handler());
    return await call("/berth/v1/services/mute/openapi.json")(test);
  },
  "deployment-invalid": send(hello, { limits: { nothing: 1 } }),
  "mount-open": send(() =>
    pack("m", handler(), { capabilities: { files: { mounts: [{ guest: "/d", access: "read" }] } } })
  ),
  "start-failed": wat(`(module (memory (export "memory") 1) (func (export "_start") unreachable)
    (func (export "mk_module_abi_version_2_0_0"))
    (func (export "mk_module_on_event") (param i64 i32))
    (func (export "mk_module_on_api_response") (param i32 i64 i32) (result i32) (i32.const 0)))`),
  "path-taken": async (test) => {
    await test.deploy("first", handler(), { path: "/same" });
    return await send(() => pack("second", handler(), { path: "/same" }))(test);
  },
  "tar-empty": send(() => new Uint8Array(0)),
  "tar-not-tar": send(() => new TextEncoder().encode("PK\x03\x04".padEnd(600, "."))),
  "tar-truncated": send(async () => gzipSync(await hello()).subarray(0, 200)),
  "tar-compression-invalid": send(async () =>
    gzipSync(await hello()).map((byte, at) => at > 30 && at < 60 ? 255 : byte)
  ),
  "tar-malformed": send(() =>
    tarOf("berth.json", "{}", (bytes) => bytes.set([...":,;"].map((char) => char.charCodeAt(0)), 126))
  ),
  "tar-entry-refused": send(() => tarOf("../x", "{}")),
  "image-unknown": send(() => tarOf("readme.txt", "hello")),
  "manifest-invalid": send(() => tarOf("berth.json", `{"berth": 1, "nam": "x"}`)),
  "module-missing": send(() =>
    tarOf("berth.json", `{"berth":1,"name":"x","version":"1.0.0","module":"x.wasm"}`)
  ),
  "module-not-wasm": send(() => pack("x", new TextEncoder().encode("not wasm at all"))),
  "module-is-component": send(() => pack("x", Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0))),
  "module-invalid": send(() => pack("x", Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 9))),
  "import-unknown": wat(`(module (import "env" "nothing" (func)))`),
  "import-mismatch": wat(`(module (import "env" "mk_module_get_buffer" (func (param i32))))`),
  "export-missing": wat(`(module (memory (export "memory") 1))`),
  "module-memory-shared": send(() => {
    return pack("shared", handler({ fields: "(memory $threads 1 1 shared)" }));
  }),
  "module-memory-too-large": send(() =>
    pack("big", handler({ pages: [64, 64] }), { limits: { memoryMaxBytes: 1 << 20 } })
  ),
  "module-table-too-large": send(() => pack("big", handler({ fields: "(table $t 9000000 funcref)" }))),
  "service-failed": service("trap", handler({ body: "unreachable" })),
  "service-answer": service("silent", handler({ body: "nop" })),
  "time-over": service("slow", LOOP, { limits: { wallMaxMs: 20, cpuMaxMs: 1_000 } }),
  "cpu-over": service("busy", LOOP, { limits: { wallMaxMs: 5_000, cpuMaxMs: 20 } }),
  "body-too-large": service("small", handler(), { limits: { requestBodyMaxBytes: 10 } }, "/api/small", {
    method: "POST",
    body: "x".repeat(100),
  }),
  "upgrade-needed": async (test) => {
    await test.deploy("socket", handler(), { capabilities: { websocket: true } });
    return await bare("/ws/api/socket")(test);
  },
  "storage-empty": async (test) => {
    await test.deploy("kept", handler(), { capabilities: {} });
    return await copyOf(test, "kept", "backup");
  },
  "copy-unknown": async (test) => {
    await test.deploy("copied", handler(), { capabilities: { storage: true } });
    return await copyOf(test, "copied", "restore");
  },
  "folder-in-use": async ({ folder }) => {
    const { restoreBackup } = await import("../../mod.ts");
    return await thrown(() => restoreBackup(new Blob(["x"]).stream(), folder));
  },
  "backup-invalid": async () => {
    const { restoreBackup } = await import("../../mod.ts");
    const folder = await Deno.makeTempDir({ prefix: "berth-errors-" });
    try {
      return await thrown(() =>
        restoreBackup(new Blob([tarOf("readme.txt", "hello")]).stream(), join(folder, "new"))
      );
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
  "signing-key-invalid": () => thrown(() => parseTrustedKeys("nonsense")),
  "signature-missing": () => signed("missing"),
  "signature-invalid": () => signed("broken"),
  "signature-untrusted": () => signed("untrusted"),
  "usage": command("deploy", "--limit", "wallMaxMs=soon"),
  "host-unreachable": command("ls", "--host", "127.0.0.1:1"),
  // With --json these carry the device's own code and words; a person reads whose words they are.
  "host-refused": async () => {
    await using device = new FakeDevice({});
    return await shown("host-refused", "ls", "--host", device.address);
  },
  "host-unknown": async () => {
    await using device = new FakeDevice({ "GET /berth/v1/services/x": () => new Response("<html>") });
    return await shown("host-unknown", "inspect", "x", "--host", device.address);
  },
  "project-incomplete": command("pack"),
  "folder-taken": command("new", "c", "images"),
  "file-unreadable": command("deploy", "nothing.tar"),
  "project-not-found": command("build"),
  // The last one: it locks this address out.
  "auth-limited": async (test) => {
    for (let tries = 0; tries < 200; tries++) {
      const seen = await bare("/berth/v1/services", key("Bearer wrong"))(test);
      if (seen.code === "auth-limited") return seen;
    }
    throw new Error("200 wrong keys and no limit");
  },
};
