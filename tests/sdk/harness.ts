/** Runs a module of the serverless ABI against a fake exchange and in-memory capabilities: no server needed. */
import type { AbiInstance, Exchange, GuestContext, GuestInstance } from "../../abi/abi.ts";
import { promising, suspending } from "../../abi/jspi.ts";
import { ABI_LIMITS } from "../../abi/limits.ts";
import { SERVERLESS, SERVERLESS_CONVENTION } from "../../abi/serverless/mod.ts";
import { Reader } from "../../abi/serverless/msgpack/reader.ts";
import { encode } from "../../abi/serverless/msgpack/writer.ts";
import { CAPABILITY_LIMITS } from "../../capabilities/limits.ts";
import { limitDefaults } from "../../capabilities/limit.ts";
import type { OpenedCapabilities } from "../../capabilities/open.ts";
import { inertWasi } from "./inert_wasi.ts";

/** What a client asks. */
export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The body; in pieces it arrives piece by piece, the first of them with the event. */
  readonly body?: string | Uint8Array | readonly Uint8Array[];
  readonly signal?: AbortSignal;
  /** Pieces of the body after the first ones, made when they are asked for. */
  readonly more?: Iterator<Uint8Array>;
  /** Counts the answer's bytes without keeping them. */
  readonly discard?: boolean;
  /** Called with each piece of a streamed answer; its result is the guest's. */
  readonly onWrite?: (chunk: Uint8Array) => boolean | Promise<boolean>;
}

/** What a client gets. */
export interface Answered {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
  /** The body as text. */
  readonly text: string;
  /** A header by lower-case name; "" when absent. */
  header(name: string): string;
  /** Pieces of a streamed answer; 0 when it came whole. */
  readonly pieces: number;
  /** Bytes of the answer, kept or not. */
  readonly length: number;
}

/** One line that the guest or the host logged. */
export interface Logged {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>> | undefined;
}

/** What the harness gives to a guest. */
export interface HarnessOptions {
  readonly capabilities?: OpenedCapabilities;
  readonly limits?: Partial<GuestContext["limits"]>;
}

/** A running module. */
export interface Harness {
  /** Sends a request and gives the answer; throws what the guest throws. */
  ask(url: string, asked?: Asked): Promise<Answered>;
  readonly logs: readonly Logged[];
  readonly denials: readonly { capability: string; attempt: string; manifestLine: string }[];
  readonly guest: GuestInstance;
  readonly instance: AbiInstance;
}

/** Instantiates a module and runs its start. */
export async function startGuest(wasm: Uint8Array, options: HarnessOptions = {}): Promise<Harness> {
  const logs: Logged[] = [];
  const denials: { capability: string; attempt: string; manifestLine: string }[] = [];
  const context: GuestContext = {
    capabilities: options.capabilities ?? {},
    limits: { ...limitDefaults(CAPABILITY_LIMITS), ...limitDefaults(ABI_LIMITS), ...options.limits },
    service: {
      id: "test-guest",
      name: "guest",
      version: "1.0.0",
      clientId: "test",
      basePath: "/test/guest/v1",
      httpPort: 8083,
      nodeId: "node",
      accountId: "",
    },
    denied: (capability, attempt, manifestLine) => denials.push({ capability, attempt, manifestLine }),
    log: (level, message, fields) => logs.push({ level, message, fields }),
    trace: undefined,
  };
  const module = await WebAssembly.compile(wasm as BufferSource);
  const instance = SERVERLESS.open(context, { args: [] });
  const guest = await instantiate(module, instance, context);
  await SERVERLESS_CONVENTION.start(guest);
  instance.snapshot();
  return {
    logs,
    denials,
    guest,
    instance,
    async ask(url, asked = {}) {
      const exchange = new FakeExchange(url, asked);
      try {
        await SERVERLESS_CONVENTION.handle(guest, exchange);
      } finally {
        instance.restore();
      }
      return exchange.answer();
    },
  };
}

async function instantiate(
  module: WebAssembly.Module,
  instance: AbiInstance,
  context: GuestContext,
): Promise<GuestInstance> {
  const suspends = new Set(
    SERVERLESS.functions.filter((fn) => fn.suspends).map((fn) => `${fn.module}.${fn.name}`),
  );
  const wanted = WebAssembly.Module.imports(module);
  const waits = wanted.some(({ module: from, name }) => suspends.has(`${from}.${name}`));
  const memory: { view: WebAssembly.Memory | undefined } = { view: undefined };
  const wasi = inertWasi(() => memory.view);
  const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
  for (const { module: from, name } of wanted) {
    const fn = from === "wasi_snapshot_preview1" ? wasi[name] : instance.imports[from]?.[name];
    if (!fn) throw new Error(`the module imports ${from}.${name}, which the harness has not`);
    (imports[from] ??= {})[name] = suspends.has(`${from}.${name}`) ? suspending(fn) : fn;
  }
  const made = await WebAssembly.instantiate(module, imports);
  memory.view = made.exports.memory as WebAssembly.Memory;
  instance.bind(made.exports);
  const callable = new Map<string, (...args: (number | bigint)[]) => unknown>();
  return {
    exports: made.exports,
    context,
    abi: <T extends AbiInstance>() => instance as T,
    call(name, ...args) {
      let fn = callable.get(name);
      if (!fn) {
        const raw = made.exports[name] as (...args: unknown[]) => unknown;
        fn = waits ? promising(raw) : raw;
        callable.set(name, fn);
      }
      return fn(...args);
    },
  };
}

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** An exchange that keeps what the guest answers. */
export class FakeExchange implements Exchange {
  readonly id = "request-1";
  readonly head: Uint8Array;
  readonly body: Uint8Array;
  readonly bodyEnded: boolean;
  readonly signal: AbortSignal;
  answered = false;
  ended = false;
  readonly #rest: Uint8Array[];
  readonly #onWrite: ((chunk: Uint8Array) => boolean | Promise<boolean>) | undefined;
  #status = 0;
  #headers: readonly (readonly [string, string])[] = [];
  readonly #chunks: Uint8Array[] = [];
  #pieces = 0;
  #length = 0;
  readonly #more: Iterator<Uint8Array> | undefined;
  readonly #discard: boolean;

  constructor(url: string, asked: Asked) {
    const { body = "", headers = {}, method = "GET" } = asked;
    const pieces = typeof body === "string" ? [bytesOf(body)] : body instanceof Uint8Array ? [body] : body;
    this.head = encode([url, method, headers]);
    this.body = pieces[0] ?? new Uint8Array(0);
    this.bodyEnded = pieces.length <= 1 && !asked.more;
    this.#rest = pieces.slice(1);
    this.#more = asked.more;
    this.#discard = asked.discard ?? false;
    this.signal = asked.signal ?? new AbortController().signal;
    this.#onWrite = asked.onWrite;
  }

  async read(): Promise<Uint8Array | null> {
    await Promise.resolve();
    return this.#rest.shift() ?? this.#more?.next().value ?? null;
  }

  respond(status: number, headers: readonly (readonly [string, string])[], body: Uint8Array): void {
    this.start(status, headers);
    this.#chunks.push(body.slice());
    this.ended = true;
  }

  start(status: number, headers: readonly (readonly [string, string])[]): void {
    if (this.answered) throw new Error("answered twice");
    this.answered = true;
    this.#status = status;
    this.#headers = headers;
  }

  write(chunk: Uint8Array): boolean | Promise<boolean> {
    this.#pieces++;
    this.#length += chunk.length;
    if (!this.#discard) this.#chunks.push(chunk.slice());
    return this.#onWrite?.(chunk) ?? true;
  }

  end(): void {
    this.ended = true;
  }

  /** What the client would have. */
  answer(): Answered {
    if (!this.ended) throw new Error("the answer was not sent completely");
    const body = new Uint8Array(this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    let at = 0;
    for (const chunk of this.#chunks) {
      body.set(chunk, at);
      at += chunk.length;
    }
    const headers = this.#headers;
    return {
      status: this.#status,
      headers,
      body,
      text: new TextDecoder().decode(body),
      header: (name) => headers.find(([key]) => key.toLowerCase() === name)?.[1] ?? "",
      pieces: this.#pieces,
      length: this.#length || body.length,
    };
  }
}

/** Decodes MessagePack whole; for tests. */
export function decode(bytes: Uint8Array): unknown {
  return new Reader(32).open(bytes, 0, bytes.length).any();
}
