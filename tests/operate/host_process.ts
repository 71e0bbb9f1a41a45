/** A host in a process of its own, to be killed. */
import { fileURLToPath } from "node:url";
import { assert } from "@std/assert";

const SCRIPT = fileURLToPath(new URL("../host/host_process.ts", import.meta.url));

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** The process. */
export class HostProcess implements AsyncDisposable {
  private constructor(
    readonly child: Deno.ChildProcess,
    readonly origin: string,
    readonly key: string,
  ) {}

  static async start(
    folder: string,
    { env = {}, front = "fast" }: { env?: Record<string, string>; front?: "fast" | "safe" } = {},
  ): Promise<HostProcess> {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--unstable-worker-options", "--no-check", SCRIPT, folder, front],
      env,
      stdout: "piped",
    }).spawn();
    const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!text.includes("\n")) {
      const { value, done } = await reader.read();
      assert(!done, "the host ended before it listened");
      text += value;
    }
    await reader.cancel();
    return new HostProcess(child, text.trim(), (await Deno.readTextFile(`${folder}/api-key`)).trim());
  }

  /** A request with the host's key. */
  async call(path: string, init: RequestInit = {}): Promise<Answer> {
    const headers = { authorization: `Bearer ${this.key}` };
    const answer = await fetch(this.origin + path, { ...init, headers });
    return { status: answer.status, text: await answer.text() };
  }

  /** Deploys a tar as `berth deploy` does. */
  deploy(tar: Uint8Array<ArrayBuffer>): Promise<Answer> {
    const body = new FormData();
    body.set("image", new Blob([tar]), "image.tar");
    return this.call("/berth/v1/deployments", { method: "POST", body });
  }

  async kill(): Promise<void> {
    try {
      this.child.kill("SIGKILL");
    } catch {
      // it has ended
    }
    await this.child.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
