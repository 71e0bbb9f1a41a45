/**
 * Lines of a trace, as strace writes them: each call of the guest with the message that it sends, each event and each
 * answer that it gets. Names come from the records. Contents are told by their size: a log is no place for them.
 */
import type { Exchange, GuestFunction, HostFunction } from "../abi.ts";
import type { GuestMemory } from "../memory.ts";
import type { Pieces } from "./buffers.ts";
import { EnvelopeReader } from "./envelope.ts";
import { SERVERLESS_FUNCTIONS } from "./functions.ts";
import { jsonToMessage } from "./json.ts";
import { Reader } from "./msgpack/reader.ts";
import { joinPieces, piecesLength } from "../pieces.ts";
import { decodeParameters, type MessageLimits } from "./params.ts";
import { MESSAGE_BY_METHOD } from "./table/messages.ts";
import type { MessageParameter } from "./table/record.ts";

/** How much of a text a line shows. */
const TEXT_SHOWN_MAX = 128;

/** Texts that open something. */
const SECRET_NAMES: ReadonlySet<string> = new Set(["token", "code"]);

/** Functions whose arguments name a message. */
const SENDERS: ReadonlySet<string> = new Set(["mk_module_api_request", "call"]);

type Imports = Readonly<Record<string, Readonly<Record<string, GuestFunction>>>>;

/** What a trace sees of its instance. */
export interface Traced {
  readonly memory: GuestMemory;
  readonly isJson: boolean;
  readonly limits: MessageLimits;
}

/** The trace of one instance. */
export class MessageTrace {
  constructor(private readonly tell: (line: string) => void, private readonly traced: () => Traced) {}

  /** The same functions, which tell of each call. */
  imports(imports: Imports): Imports {
    const wrapped = (module: string) => ([name, call]: [string, GuestFunction]) => {
      const fn = SERVERLESS_FUNCTIONS.find((each) => each.module === module && each.name === name);
      return [name, fn ? this.#wrap(fn, call) : call];
    };
    return Object.fromEntries(
      Object.entries(imports).map(([module, functions]) => [
        module,
        Object.fromEntries(Object.entries(functions).map(wrapped(module))),
      ]),
    );
  }

  #wrap(fn: HostFunction, call: GuestFunction): GuestFunction {
    return (...args) => {
      const line = this.#call(fn, args);
      // What gives nothing back tells of itself first: callbacks may run inside it.
      if (fn.results.length === 0) {
        this.tell(line);
        return call(...args);
      }
      const told = <T>(result: T): T => {
        this.tell(`${line} = ${result}`);
        return result;
      };
      const result = call(...args);
      return result instanceof Promise ? result.then(told) : told(result);
    };
  }

  #call({ name, parameters }: HostFunction, args: readonly unknown[]): string {
    // An earlier form of a function has fewer parameters: the first are missing.
    const present = parameters.slice(parameters.length - args.length);
    const shown = present.map((parameter, index) => {
      const value = args[index];
      return `${parameter.name}=${
        parameter.kind === "ptr" ? `0x${(Number(value) >>> 0).toString(16)}` : value
      }`;
    });
    const message = SENDERS.has(name) ? ` ${this.#message(Number(args.at(-2)), Number(args.at(-1)))}` : "";
    return `${name}(${shown.join(", ")})${message}`;
  }

  #message(pointer: number, length: number): string {
    try {
      const { memory, isJson, limits } = this.traced();
      if (length >>> 0 > limits.messageMaxBytes) return "(a message that is too long)";
      const sent = memory.bytes(pointer, length);
      const bytes = isJson ? jsonToMessage(sent) : sent;
      const envelopes = new EnvelopeReader(limits.messageDepthMaxCount);
      const { method } = envelopes.open(bytes, 0, bytes.length);
      const record = MESSAGE_BY_METHOD.get(method);
      if (!record) return shownText(method);
      const parameters = decodeParameters(envelopes.reader, record, limits);
      return `${method} {${
        record.params.map((each) => shownParameter(each, parameters[each.name])).join(", ")
      }}`;
    } catch (error) {
      return `(a message that is refused: ${error instanceof Error ? error.message : error})`;
    }
  }

  /** The guest is given an event. */
  event({ id, event }: Exchange, bytes: number): void {
    this.tell(`mk_module_on_event(len=${bytes}) ${event ?? "request"} ${id}`);
  }

  /** The guest is given an answer: by a callback, or (`session` null) through `take`. */
  answer(session: number | null, pieces: Pieces): void {
    const len = piecesLength(pieces);
    const what = session === null
      ? `call: len=${len}`
      : `mk_module_on_api_response(session=${session}, len=${len})`;
    this.tell(`${what} ${shownAnswer(pieces)}`);
  }
}

const shownText = (text: string) =>
  JSON.stringify(text.slice(0, TEXT_SHOWN_MAX)) + (text.length > TEXT_SHOWN_MAX ? "…" : "");

function shownParameter({ name, type }: MessageParameter, value: unknown): string {
  return `${name}=${shownValue(name, type, value)}`;
}

function shownValue(name: string, type: MessageParameter["type"], value: unknown): string {
  if (type === "int" || type === "bool" || value === null) return String(value);
  if (type === "text" && !SECRET_NAMES.has(name)) return shownText(String(value));
  if (value instanceof Uint8Array || typeof value === "string") return `<${value.length} bytes>`;
  const count = Array.isArray(value) ? value.length : Object.keys(value ?? {}).length;
  return `<${count} entries>`;
}

/** The method of an answer, and the code of an error. */
function shownAnswer(pieces: Pieces): string {
  const bytes = joinPieces(pieces);
  const answer = new Reader(16, "replace").open(bytes, 0, bytes.length).any() as AnswerShape; // made by answer.ts
  const code = answer.params?.error?.code;
  return `${answer.method ?? ""}${typeof code === "string" ? ` ${code}` : ""}`;
}

interface AnswerShape {
  readonly method?: string;
  readonly params?: { readonly error?: { readonly code?: unknown } };
}
