/** A world for a command that is not a terminal, and a device that answers what a test says. */
import type { Io } from "../../runtime/cli/io.ts";
import { main } from "../../runtime/cli/main.ts";

/** What a command did. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The world of a test's command. */
export interface World {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Answers to questions; when there are any, input is a terminal. */
  readonly answers?: readonly string[];
  /** What standard input holds. */
  readonly input?: Uint8Array;
  readonly interrupted?: AbortSignal;
  /** Called with each piece of output. */
  readonly onOut?: (text: string) => void;
  readonly onErr?: (text: string) => void;
}

/** Runs one command line in this process. */
export async function berth(args: readonly string[], world: World = {}): Promise<Outcome> {
  let out = "";
  let err = "";
  const answers = [...world.answers ?? []];
  const io: Io = {
    cwd: world.cwd ?? "/",
    env: (name) => world.env?.[name],
    out: (text) => {
      out += text;
      world.onOut?.(text);
    },
    err: (text) => {
      err += text;
      world.onErr?.(text);
    },
    outIsTerminal: false,
    errIsTerminal: false,
    inIsTerminal: answers.length > 0,
    columns: 80,
    ask: (question) => {
      err += question + "\n";
      return answers.shift() ?? null;
    },
    keys: async function* () {},
    secret: () => Promise.resolve(world.input ?? new Uint8Array(0)),
    interrupted: world.interrupted ?? new AbortController().signal,
  };
  const code = await main(args, io);
  return { code, out, err };
}

/** A request that the device got. */
export interface Got {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly form: FormData | undefined;
}

/** A device that records requests and answers by method and path. */
export class FakeDevice implements AsyncDisposable {
  readonly got: Got[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(answers: Readonly<Record<string, (request: Request) => Response>>) {
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
      const { pathname, search } = new URL(request.url);
      const form = request.headers.get("content-type")?.startsWith("multipart/")
        ? await request.formData()
        : undefined;
      this.got.push({ method: request.method, path: pathname + search, headers: request.headers, form });
      const answer = answers[`${request.method} ${pathname}`];
      return answer?.(request) ?? problem(404, "route-unknown", `nothing answers at ${pathname}`, "");
    });
  }

  /** `127.0.0.1:PORT`. */
  get address(): string {
    return `127.0.0.1:${this.#server.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

/** An error as the device sends it. */
export function problem(status: number, code: string, detail: string, fix: string): Response {
  return Response.json({ title: code, status, detail, code, fix }, {
    status,
    headers: { "content-type": "application/problem+json" },
  });
}
