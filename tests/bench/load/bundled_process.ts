/** `bundled_process.ts ORIGIN JSON`: asks, and prints a `LoadResult`. */
import { cpuUsage } from "node:process";
import { quantile } from "../measure/stats.ts";
import type { LoadOptions, LoadRequest, LoadResult } from "./load.ts";

interface Run {
  readonly latenciesMs: number[];
  errors: number;
}

const encoder = new TextEncoder();

/** The requests as bytes, one for each path. */
function requestBytes(host: string, { method, paths, contentType, body }: LoadRequest): Uint8Array[] {
  const bytes = body === undefined ? "" : body;
  const length = encoder.encode(bytes).length;
  const about = body === undefined ? "" : `content-length: ${length}\r\n`;
  const type = contentType ? `content-type: ${contentType}\r\n` : "";
  return paths.map((path) =>
    encoder.encode(`${method} ${path} HTTP/1.1\r\nhost: ${host}\r\n${type}${about}\r\n${bytes}`)
  );
}

/** Reads answers off one connection; of the body only the length counts. */
class AnswerReader {
  readonly #buffer = new Uint8Array(256 << 10);
  #filled = 0;
  constructor(private readonly connection: Deno.Conn) {}

  /** The status of the next answer; 0 when the connection ended. */
  async next(): Promise<number> {
    let headEnd = -1;
    while ((headEnd = this.#headEnd()) < 0) if (!await this.#more()) return 0;
    const head = new TextDecoder("latin1").decode(this.#buffer.subarray(0, headEnd));
    this.#drop(headEnd + 4);
    const length = /^content-length: *(\d+)/im.exec(head)?.[1];
    const whole = length === undefined ? await this.#chunks() : await this.#skip(Number(length));
    return whole ? Number(head.slice(9, 12)) : 0;
  }

  #headEnd(): number {
    const bytes = this.#buffer.subarray(0, this.#filled);
    for (let at = bytes.indexOf(13); at >= 0 && at + 3 < bytes.length; at = bytes.indexOf(13, at + 2)) {
      if (bytes[at + 1] === 10 && bytes[at + 2] === 13 && bytes[at + 3] === 10) return at;
    }
    return -1;
  }

  async #more(): Promise<boolean> {
    const read = await this.connection.read(this.#buffer.subarray(this.#filled));
    if (read === null) return false;
    this.#filled += read;
    return true;
  }

  #drop(bytes: number): void {
    this.#buffer.copyWithin(0, bytes, this.#filled);
    this.#filled -= bytes;
  }

  async #skip(bytes: number): Promise<boolean> {
    for (let left = bytes; left > 0;) {
      if (this.#filled === 0 && !await this.#more()) return false;
      const taken = Math.min(left, this.#filled);
      this.#drop(taken);
      left -= taken;
    }
    return true;
  }

  async #chunks(): Promise<boolean> {
    for (;;) {
      let end = -1;
      while ((end = this.#buffer.subarray(0, this.#filled).indexOf(10)) < 0) {
        if (!await this.#more()) return false;
      }
      const size = parseInt(new TextDecoder().decode(this.#buffer.subarray(0, end)), 16);
      this.#drop(end + 1);
      if (!await this.#skip(size + 2)) return false;
      if (size === 0) return true;
    }
  }
}

async function ask(url: URL, requests: readonly Uint8Array[], endsMs: number, run: Run): Promise<void> {
  using connection = await Deno.connect({ hostname: url.hostname, port: Number(url.port) });
  connection.setNoDelay(true);
  const answers = new AnswerReader(connection);
  for (let at = 0; performance.now() < endsMs; at = (at + 1) % requests.length) {
    const began = performance.now();
    const bytes = requests[at] ?? new Uint8Array(0);
    for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
    const status = await answers.next();
    if (status < 200 || status >= 400) run.errors++;
    if (status === 0) return;
    run.latenciesMs.push(performance.now() - began);
  }
}

const [origin = "", setting = "{}"] = Deno.args;
const { request, options } = JSON.parse(setting) as { request: LoadRequest; options: LoadOptions };
const url = new URL(origin);
const run: Run = { latenciesMs: [], errors: 0 };
const began = performance.now();
const requests = requestBytes(url.host, request);
const endsMs = began + options.seconds * 1000;
await Promise.all(Array.from({ length: options.connections }, () => ask(url, requests, endsMs, run)));
const { user, system } = cpuUsage();
const result: LoadResult = {
  requests: run.latenciesMs.length,
  perSecond: run.latenciesMs.length / ((performance.now() - began) / 1000),
  p50Ms: quantile(run.latenciesMs, 0.5),
  p99Ms: quantile(run.latenciesMs, 0.99),
  errors: run.errors,
  ownUs: (user + system) / Math.max(1, run.latenciesMs.length),
};
console.log(`\n${JSON.stringify(result)}`);
