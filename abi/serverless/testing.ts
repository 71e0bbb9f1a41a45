/** A guest written in TypeScript, for the tests of the host's side: it sends any bytes and keeps what it is told. */
import type { Exchange, GuestContext, GuestInstance } from "../abi.ts";
import { ABI_LIMITS } from "../limits.ts";
import { CAPABILITY_LIMITS } from "../../capabilities/limits.ts";
import { limitDefaults } from "../../capabilities/limit.ts";
import type { OpenedCapabilities } from "../../capabilities/open.ts";
import { SERVERLESS } from "./abi.ts";
import { ServerlessInstance } from "./instance.ts";
import { Reader } from "./msgpack/reader.ts";
import { encode } from "./msgpack/writer.ts";

/** A message as a test looks at it. */
export interface Told {
  readonly session: number;
  readonly method: string;
  readonly params: Record<string, unknown>;
}

/** What the puppet does with an event; it may be asynchronous like a suspended guest. */
export type PuppetScript = (puppet: Puppet, event: Record<string, unknown>) => unknown;

/** How a puppet is made. */
export interface PuppetOptions {
  readonly capabilities?: OpenedCapabilities;
  readonly limits?: Partial<GuestContext["limits"]>;
  /** `berth` adds the export of Berth's additions, `json` that of 1.0.0. */
  readonly dialect?: "berth" | "json" | "messagepack";
  /** Gets the lines of a trace. */
  readonly trace?: (line: string) => void;
  /** What `mk_module_on_api_response` returns. */
  readonly onTold?: (told: Told, puppet: Puppet) => number;
}

const AT_MESSAGE = 4096;
const AT_EVENT = 1 << 20;

type Imports = Record<string, (...args: (number | bigint)[]) => number | Promise<number>>;

/** The guest. */
export class Puppet {
  readonly memory = new WebAssembly.Memory({ initial: 64 });
  readonly told: Told[] = [];
  readonly denials: string[] = [];
  readonly logs: string[] = [];
  readonly instance: ServerlessInstance;
  readonly guest: GuestInstance;
  script: PuppetScript = () => {};
  readonly #json: boolean;

  constructor(options: PuppetOptions = {}) {
    const { dialect = "messagepack", onTold = () => 0 } = options;
    this.#json = dialect === "json";
    const context = this.#context(options);
    this.instance = SERVERLESS.open(context, { args: [] }) as ServerlessInstance; // what `open` makes
    const exports: Record<string, unknown> = {
      memory: this.memory,
      mk_module_on_event: (reference: bigint, length: number) =>
        this.script(this, this.#fetch(reference, length, AT_EVENT)),
      mk_module_on_api_response: (session: bigint, reference: bigint, length: number) => {
        const { method, params } = this.#fetch(reference, length, AT_EVENT + (this.told.length << 16));
        const told = { session: Number(session), method, params } as Told; // the messages of our own host
        this.told.push(told);
        return onTold(told, this);
      },
      ...(dialect === "berth" ? { berth_abi_1: () => {} } : {}),
      ...(dialect === "json" ? { mk_module_abi_version_1_0_0: () => {} } : {}),
    };
    this.instance.bind(exports as WebAssembly.Exports);
    this.instance.snapshot();
    this.guest = {
      exports: exports as WebAssembly.Exports,
      context,
      abi: <T>() => this.instance as unknown as T, // the only ABI that it has
      call: (name, ...args) => (exports[name] as (...args: unknown[]) => unknown)(...args),
    };
  }

  #context(options: PuppetOptions): GuestContext {
    return {
      capabilities: options.capabilities ?? {},
      limits: { ...limitDefaults(CAPABILITY_LIMITS), ...limitDefaults(ABI_LIMITS), ...options.limits },
      service: {
        id: "c-s",
        name: "s",
        version: "1.0.0",
        clientId: "c",
        basePath: "/c/s/v1",
        httpPort: 8083,
        nodeId: "n",
        accountId: "",
      },
      denied: (capability, attempt, line) => this.denials.push(`${capability}: ${attempt}: ${line}`),
      log: (level, message) => this.logs.push(`${level}: ${message}`),
      trace: options.trace,
    };
  }

  get #env(): Imports {
    return this.instance.imports["env"] as unknown as Imports;
  }

  #fetch(reference: bigint, length: number, at: number): Record<string, unknown> {
    this.#env["mk_module_get_buffer"]?.(at, reference, length);
    const bytes = new Uint8Array(this.memory.buffer, at, length);
    if (this.#json) return JSON.parse(new TextDecoder().decode(bytes));
    return plain(new Reader(32).open(bytes, 0, length).any());
  }

  #put(bytes: Uint8Array): number {
    new Uint8Array(this.memory.buffer).set(bytes, AT_MESSAGE);
    return bytes.length;
  }

  /** Sends a message through `mk_module_api_request`. */
  request(session: number, method: string, params: unknown): void {
    const message = { jsonrpc: "2.0", id: session, method, params };
    if (this.#json) {
      const length = this.#put(new TextEncoder().encode(JSON.stringify(message)));
      this.#env["mk_module_api_request"]?.(AT_MESSAGE, length);
    } else this.requestBytes(session, encode(message));
  }

  /** Sends any bytes. */
  requestBytes(session: number, bytes: Uint8Array): void {
    this.#env["mk_module_api_request"]?.(session, AT_MESSAGE, this.#put(bytes));
  }

  /** Writes a text into a host buffer. */
  setBuffer(reference: bigint, text: string): void {
    this.#env["mk_module_set_buffer"]?.(reference, AT_MESSAGE, this.#put(new TextEncoder().encode(text)));
  }

  /** Sends a message through `berth.call` and gives its answer. */
  call(method: string, params: unknown): Told | Promise<Told> {
    return this.callBytes(encode({ jsonrpc: "2.0", id: 0, method, params }));
  }

  /** The same with any bytes. */
  callBytes(bytes: Uint8Array): Told | Promise<Told> {
    const berth = this.instance.imports["berth"] as unknown as Imports;
    const length = berth["call"]?.(AT_MESSAGE, this.#put(bytes)) ?? 0;
    const take = (size: number): Told => {
      berth["take"]?.(AT_EVENT);
      const reply = new Uint8Array(this.memory.buffer, AT_EVENT, size);
      const { method, params } = plain(new Reader(32).open(reply, 0, size).any());
      return { session: 0, method, params } as Told; // the messages of our own host
    };
    return typeof length === "number" ? take(length) : length.then(take);
  }
}

/** Maps with the usual prototype, as tests compare them. What is decoded is a map: our own host made it. */
function plain(value: unknown): Record<string, unknown> {
  return structuredClone(value) as Record<string, unknown>;
}

/** The error of an answer: its code, or "" when it is none. */
export function codeOf(told: Told): string {
  const error = told.params["error"] as { code?: string } | undefined;
  return error?.code ?? "";
}

/** The data of an answer. */
export function dataOf(told: Told): Record<string, unknown> {
  return told.params["data"] as Record<string, unknown>;
}

/** An exchange for a puppet: keeps what was answered. */
export class PuppetExchange implements Exchange {
  readonly id = "request";
  readonly head: Uint8Array;
  readonly body: Uint8Array;
  readonly bodyEnded: boolean;
  readonly abort = new AbortController();
  readonly signal = this.abort.signal;
  answered = false;
  status = 0;
  headers: readonly (readonly [string, string])[] = [];
  text = "";
  ended = false;
  /** What `write` answers. */
  open: boolean | Promise<boolean> = true;
  readonly #rest: Uint8Array[];

  constructor(
    { url = "/c/s/v1/", method = "GET", headers = {}, body = [] }: {
      url?: string;
      method?: string;
      headers?: Record<string, string>;
      body?: readonly (string | Uint8Array)[];
    } = {},
  ) {
    const pieces = body.map((piece) => typeof piece === "string" ? new TextEncoder().encode(piece) : piece);
    this.head = encode([url, method, headers]);
    this.body = pieces[0] ?? new Uint8Array(0);
    this.bodyEnded = pieces.length <= 1;
    this.#rest = pieces.slice(1);
  }

  read(): Promise<Uint8Array | null> {
    return Promise.resolve(this.#rest.shift() ?? null);
  }
  respond(status: number, headers: readonly (readonly [string, string])[], body: Uint8Array): void {
    this.start(status, headers);
    this.text = new TextDecoder().decode(body);
    this.ended = true;
  }
  start(status: number, headers: readonly (readonly [string, string])[]): void {
    if (this.answered) throw new TypeError("answer a request: it was answered already");
    this.answered = true;
    this.status = status;
    this.headers = headers;
  }
  write(chunk: Uint8Array): boolean | Promise<boolean> {
    this.text += new TextDecoder().decode(chunk);
    return this.open;
  }
  end(): void {
    this.ended = true;
  }
}
