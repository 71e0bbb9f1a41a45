/** How a request reaches a guest of the serverless ABI, and when it is over. */
import type { Convention, Exchange, GuestInstance } from "../abi.ts";
import { endedWell } from "../exit.ts";
import { GuestFault } from "../memory.ts";
import { SERVERLESS } from "./abi.ts";
import { BodySource } from "./body.ts";
import { joinPieces, piecesLength } from "../pieces.ts";
import { BodyTooLargeError } from "../body.ts";
import { NoAnswerError } from "./error.ts";
import { headHeader } from "./event.ts";
import { boundaryOf } from "./form/source.ts";
import type { ServerlessInstance } from "./instance.ts";
import type { Delivery, Turn } from "./turn.ts";

const NOTHING = new Uint8Array(0);
const EVENT_EXPORT = "mk_module_on_event";
const RESPONSE_EXPORT = "mk_module_on_api_response";

/** The convention: `_start` or `_initialize` once, then an event for each request. */
export const SERVERLESS_CONVENTION: Convention = {
  name: "serverless",

  matches(exports) {
    return exports.some(({ name, kind }) => name === EVENT_EXPORT && kind === "function");
  },

  start(guest) {
    instanceOf(guest);
    const name = ["_initialize", "_start"].find((candidate) => candidate in guest.exports);
    return name === undefined ? undefined : endedWell(() => guest.call(name));
  },

  handle(guest, exchange) {
    const instance = instanceOf(guest);
    const body = exchange.body;
    // mimik's guests know no events of connections: each is taken, and they hear of none.
    if (exchange.event && instance.dialect !== "berth") return exchange.respond(204, [], NOTHING);
    if (instance.dialect === "berth") return serveBerth(guest, instance, exchange, body);
    if (exchange.bodyEnded) {
      // A form also stays readable for request.handle_form_upload.
      const rest = body.length > 0 && isForm(exchange) ? new BodySource(exchange, body, true) : null;
      return serve(guest, instance, exchange, body, rest);
    }
    return serveWhole(guest, instance, exchange, body);
  },
};

/** Throws for a module that could never answer: no deployment of it starts. */
function instanceOf(guest: GuestInstance): ServerlessInstance {
  const instance = guest.abi<ServerlessInstance>(SERVERLESS);
  if (!instance) throw new GuestFault("the module takes events and imports nothing to answer them with");
  return instance;
}

function isForm(exchange: Exchange): boolean {
  return boundaryOf(headHeader(exchange.head, "content-type")) !== null;
}

/** Berth's guests get what is there and read on; a form is left to `form.*`. */
function serveBerth(
  guest: GuestInstance,
  instance: ServerlessInstance,
  exchange: Exchange,
  body: Uint8Array,
): void | Promise<void> {
  if (exchange.bodyEnded && body.length === 0) return serve(guest, instance, exchange, body, null);
  if (isForm(exchange)) {
    return serve(guest, instance, exchange, NOTHING, new BodySource(exchange, body, exchange.bodyEnded));
  }
  if (exchange.bodyEnded) return serve(guest, instance, exchange, body, null);
  return serve(guest, instance, exchange, body, new BodySource(exchange, NOTHING, false));
}

/** mimik's guests know no reading: the body is collected first; only a form may be longer than a message. */
async function serveWhole(
  guest: GuestInstance,
  instance: ServerlessInstance,
  exchange: Exchange,
  first: Uint8Array,
): Promise<void> {
  const maxBytes = guest.context.limits.messageMaxBytes;
  const head = exchange.head.slice();
  const form = isForm(exchange);
  const pieces: Uint8Array[] = [first.slice()];
  let length = first.length;
  for (let piece = await exchange.read(); piece !== null; piece = await exchange.read()) {
    pieces.push(piece.slice());
    length += piece.length;
    if (length <= maxBytes) continue;
    if (!form) throw new BodyTooLargeError(maxBytes);
    const source = new BodySource(exchange, joinPieces(pieces), false);
    return serve(guest, instance, exchange, NOTHING, source, head);
  }
  const body = joinPieces(pieces);
  const rest = form ? new BodySource(exchange, body, true) : null;
  return serve(guest, instance, exchange, body, rest, head);
}

/** Gives the event to the guest. Synchronous when the guest is, and has answered. */
function serve(
  guest: GuestInstance,
  instance: ServerlessInstance,
  exchange: Exchange,
  body: Uint8Array,
  rest: BodySource | null,
  head: Uint8Array = exchange.head,
): void | Promise<void> {
  const length = instance.begin(exchange, head, body, rest);
  const { turn } = instance;
  const returned = endedWell(() => guest.call(EVENT_EXPORT, instance.eventReference, length));
  if (returned === undefined && turn.settled) return;
  instance.keep();
  return finish(guest, instance, turn, returned);
}

/** Delivers what comes later, until the answer is sent or nothing can come any more. */
async function finish(
  guest: GuestInstance,
  instance: ServerlessInstance,
  turn: Turn,
  returned: void | Promise<void>,
): Promise<void> {
  await returned;
  while (!turn.settled) {
    if (turn.failure) throw turn.failure.error;
    const delivery = turn.queue.shift();
    if (delivery) await deliver(guest, instance, delivery);
    else if (turn.pending === 0) break;
    else if (turn.request.signal.aborted) throw turn.request.signal.reason;
    else await turn.changed();
  }
  if (turn.failure) throw turn.failure.error;
  if (turn.answer === "started") turn.end();
  // What a guest says to an event of a connection is its refusal or nothing.
  if (turn.answer === "none" && turn.request.event) return turn.send(204, [], NOTHING);
  if (turn.answer === "none") throw new NoAnswerError(turn.why);
}

async function deliver(
  guest: GuestInstance,
  instance: ServerlessInstance,
  delivery: Delivery,
): Promise<void> {
  const { session, pieces, returned } = delivery;
  const reference = instance.hold(pieces);
  let value: unknown = 0;
  try {
    await endedWell(() => {
      const given = guest.call(RESPONSE_EXPORT, BigInt(session), reference, piecesLength(pieces));
      return given instanceof Promise ? given.then((later) => value = later) : value = given;
    });
  } finally {
    instance.drop(reference);
  }
  returned(typeof value === "number" ? value : 0);
}
