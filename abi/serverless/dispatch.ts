/** Carries out one message: record, capability, parameters, handler. */
import { CapabilityError } from "../../capabilities/error.ts";
import { lineFor, notGranted } from "./answer.ts";
import { MessageError } from "./error.ts";
import { FORM_HANDLERS } from "./handlers/form.ts";
import type { Emit, Lender } from "./handlers/handler.ts";
import { HTTP_HANDLERS } from "./handlers/http.ts";
import { REQUEST_HANDLERS } from "./handlers/request.ts";
import { RESPONSE_HANDLERS } from "./handlers/response.ts";
import { MIMIK_STORAGE_HANDLERS, STORAGE_HANDLERS } from "./handlers/storage.ts";
import { WORLD_HANDLERS } from "./handlers/world.ts";
import type { MaybePromise } from "./maybe.ts";
import type { Reader } from "./msgpack/reader.ts";
import { decodeParameters } from "./params.ts";
import { MESSAGE_BY_METHOD } from "./table/messages.ts";
import type { Method } from "./table/messages.ts";
import type { MessageRecord } from "./table/record.ts";
import type { Handlers } from "./handlers/handler.ts";
import type { Turn } from "./turn.ts";

const HANDLERS: Handlers<Method> = {
  ...RESPONSE_HANDLERS,
  ...REQUEST_HANDLERS,
  ...FORM_HANDLERS,
  ...MIMIK_STORAGE_HANDLERS,
  ...STORAGE_HANDLERS,
  ...HTTP_HANDLERS,
  ...WORLD_HANDLERS,
};

/** The record of a method; throws `unknown-method`. */
export function recordOf(method: string): MessageRecord {
  const record = MESSAGE_BY_METHOD.get(method);
  if (!record) {
    throw new MessageError("unknown-method", `no message is named "${method.slice(0, 64)}"`);
  }
  return record;
}

/** Capabilities whose manifest line names what is asked for. */
const DETAILED: ReadonlySet<string> = new Set(["http", "services", "env"]);

/**
 * Carries out a message whose parameters the reader stands at. Gives the result, now or later; throws or
 * rejects with an error that the guest is told of.
 */
export function dispatch(
  turn: Turn,
  record: MessageRecord,
  reader: Reader,
  emit: Emit,
  lender: Lender,
): MaybePromise<unknown> {
  const { context } = turn;
  if (record.needsRequest && !turn.exchange) {
    throw new MessageError("invalid", `${record.method}: there is no request under way`);
  }
  if (record.capability !== null && !context.capabilities[record.capability]) {
    const asked = DETAILED.has(record.capability)
      ? decodeParameters(reader, record, context.limits)
      : undefined;
    throw notGranted(record.capability, lineFor(record.method, asked));
  }
  const parameters = decodeParameters(reader, record, context.limits);
  // The record decides both the parameters' types and the handler; the compiler cannot follow that through a map.
  const handler = HANDLERS[record.method as Method] as unknown as (
    turn: Turn,
    parameters: unknown,
    emit: Emit,
    lender: Lender,
  ) => MaybePromise<unknown>;
  return handler(turn, parameters, emit, lender);
}

/** Counts a refusal and logs it once in a while. */
export function noteDenied(turn: Turn, record: MessageRecord | null, error: unknown): void {
  if (!(error instanceof CapabilityError) || error.code !== "denied" || !record) return;
  const capability = record.capability ?? "files"; // the only messages without one that are denied name a file
  turn.context.denied(capability, `${record.method}: ${error.message}`, error.manifestLine);
}
