/**
 * The one shape of a guest interface (ABI), and of a convention for serving requests with it.
 *
 * An *ABI* is a set of imports (a folder: `wasi_preview1/`, `serverless/`). Its functions are data: one
 * {@link HostFunction} record each, from which come the import object, the checks at deploy, the trace and the
 * pages of documentation. A module may use several ABIs at once. A *convention* is how a request reaches the
 * guest (`serverless/` has one); it is chosen by the module's exports.
 */
import type { CancelSignal } from "../capabilities/cancel.ts";
import type { CapabilityName, LogLevel } from "../capabilities/capability.ts";
import type { FilesSession } from "../capabilities/files/files.ts";
import type { OpenedCapabilities } from "../capabilities/open.ts";
import type { Stdio } from "../capabilities/stdio/stdio.ts";
import type { CapabilityLimits } from "../capabilities/limits.ts";
import type { AbiLimits } from "./limits.ts";

/** The wasm type of a parameter or result. */
export type WasmType = "i32" | "i64" | "f32" | "f64";

/** One parameter of a host function. */
export interface HostParameter {
  readonly name: string;
  readonly type: WasmType;
  /** How a trace shows it and what a fuzzer puts there: `ptr`, `len`, `fd`, `flags`, `cookie` … */
  readonly kind: string;
}

/** One function that a guest may import. */
export interface HostFunction {
  /** The import's module name. */
  readonly module: string;
  readonly name: string;
  readonly parameters: readonly HostParameter[];
  readonly results: readonly WasmType[];
  /** The parameters' types under which earlier versions of its ABI had it, and modules may still import it. */
  readonly earlierForms?: readonly (readonly WasmType[])[];
  /** The capability without which it answers with an error; `null` when it touches nothing of the world. */
  readonly capability: CapabilityName | null;
  /** Whether it may have to wait: it is then wrapped in `WebAssembly.Suspending`. */
  readonly suspends: boolean;
  /** What it does, in a sentence. */
  readonly summary: string;
  /** Every error it gives, with its cause. */
  readonly errors: Readonly<Record<string, string>>;
}

/** What the worker gives to every ABI; one for the life of the worker. */
export interface GuestContext {
  readonly capabilities: OpenedCapabilities;
  readonly limits: AbiLimits & CapabilityLimits;
  readonly service: ServiceFacts;
  /** Notes that the guest was refused something; counted, and logged once a while with the key that would allow it. */
  denied(capability: CapabilityName, attempt: string, manifestLine: string): void;
  /** Writes to the service's log, with the id of the request under way. */
  log(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** Called with each host call when tracing is on; `undefined` otherwise. */
  readonly trace: ((line: string) => void) | undefined;
}

/** What a service can know of itself and its device. */
export interface ServiceFacts {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly clientId: string;
  /** The base path under which it is reached, client id included. */
  readonly basePath: string;
  readonly httpPort: number;
  readonly nodeId: string;
  readonly accountId: string;
}

/** An ABI: its records, and how to make its imports for one instance. */
export interface Abi {
  readonly functions: readonly HostFunction[];
  /** Makes the host's side of one instance. */
  open(context: GuestContext, start: GuestStart): AbiInstance;
}

/** What an instance starts with. */
export interface GuestStart {
  readonly args: readonly string[];
  /** What stands around it in place of the `stdio` and `env` capabilities, where its convention brings that. */
  readonly surroundings?: ProgramSurroundings;
  /** The instance's own view of its files, when several ABIs of it share one; else each opens its own. */
  readonly files?: FilesSession;
}

/** What stands around a program: its standard streams and its variables. */
export interface ProgramSurroundings {
  readonly streams: Stdio;
  /** Names and values; they may change from request to request. */
  readonly variables: readonly (readonly [name: string, value: string])[];
}

/** The host's side of one instance. */
export interface AbiInstance {
  /** The import object's part: module name → function name → plain function (not yet wrapped for suspension). */
  readonly imports: Readonly<Record<string, Readonly<Record<string, GuestFunction>>>>;
  /** Called once after instantiation, before anything of the guest runs (except a `start` function). */
  bind(exports: WebAssembly.Exports): void;
  /** Remembers the host-side state (descriptors, pending output) as the clean one. */
  snapshot(): void;
  /** Back to the clean state; everything opened since is closed. */
  restore(): void;
  /** Releases everything. */
  close(): void;
}

/** A function as the guest calls it; a suspending one may give a promise. */
// deno-lint-ignore no-explicit-any -- wasm numbers of any type, by the record's signature
export type GuestFunction = (...args: any[]) => number | bigint | void | Promise<number | bigint | void>;

/** What else than a request of HTTP can reach a guest: what happens on its WebSocket connections. */
export type RequestEvent = "websocket.open" | "websocket.message" | "websocket.close";

/** One request on its way through a guest. */
export interface Exchange {
  /** The request's id, as in the log and the answer's header. */
  readonly id: string;
  /** MessagePack of the array `[url, method, headers]`: text, text, map of text to text. */
  readonly head: Uint8Array;
  /** What has arrived of the body; all of it when {@link bodyEnded}. A view: copy before the next wait. */
  readonly body: Uint8Array;
  readonly bodyEnded: boolean;
  /** The next piece of a body that had not ended; `null` at its end. */
  read(): Promise<Uint8Array | null>;
  /** Sends the whole answer. `headers` may repeat a name. */
  respond(status: number, headers: readonly (readonly [string, string])[], body: Uint8Array): void;
  /** Begins an answer whose body follows with {@link write} and {@link end}. */
  start(status: number, headers: readonly (readonly [string, string])[]): void;
  /** Sends a piece; the promise resolves when there is room for more, to `false` when the client has gone. */
  write(chunk: Uint8Array): Promise<boolean> | boolean;
  end(): void;
  /** Whether the answer has been begun. */
  readonly answered: boolean;
  /** Aborted when the client leaves or the time is up. */
  readonly signal: CancelSignal;
  /** Absent for a request of HTTP. */
  readonly event?: RequestEvent | undefined;
}

/** How requests reach a guest of one kind. */
export interface Convention {
  readonly name: string;
  /** An instance serves one request and must then be put back or made anew: it can have no shared state. */
  readonly onceOnly?: true;
  /** Whether a module with these exports speaks it. */
  matches(exports: readonly WebAssembly.ModuleExportDescriptor[]): boolean;
  /** What stands around one instance, where the convention brings that itself; before the instance is made. */
  surroundings?(context: GuestContext): ProgramSurroundings;
  /** Runs the guest's own start (`_start`, `_initialize`), once per instance, before the snapshot. */
  start(guest: GuestInstance): void | Promise<void>;
  /** Handles one request; returns when the answer has been sent completely. Throws what the guest threw. */
  handle(guest: GuestInstance, exchange: Exchange): void | Promise<void>;
}

/** A live instance, as a convention sees it. */
export interface GuestInstance {
  readonly exports: WebAssembly.Exports;
  readonly context: GuestContext;
  /** What its convention made for it. */
  readonly surroundings?: ProgramSurroundings | undefined;
  /** The host side of an ABI; `undefined` when the module imports nothing of it. */
  abi<T extends AbiInstance>(abi: Abi): T | undefined;
  /**
   * Calls an export. Where the module imports a suspending function the call goes through
   * `WebAssembly.promising` and a promise comes back; else the result itself.
   */
  call(name: string, ...args: (number | bigint)[]): unknown;
}
