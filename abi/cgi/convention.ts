/** How a request reaches a WASI command: the program runs once for each, as a CGI program does. */
import type { Convention, Exchange, GuestInstance } from "../abi.ts";
import { BodyTooLargeError } from "../body.ts";
import { endedWell } from "../exit.ts";
import { joinPieces } from "../pieces.ts";
import { readAnswer } from "./answer.ts";
import { CgiProgram } from "./program.ts";
import { variablesOf } from "./variables.ts";

const START_EXPORT = "_start";
const NOTHING = new Uint8Array(0);

/** The convention. Modules with an event to be called for each request have one of their own, which is asked first. */
export const CGI_CONVENTION: Convention = {
  name: "cgi",
  onceOnly: true,

  matches(exports) {
    return exports.some(({ name, kind }) => name === START_EXPORT && kind === "function");
  },

  surroundings: (context) => new CgiProgram(context),

  /** The program itself is what a request runs: nothing comes before it. */
  start() {},

  handle(guest, exchange) {
    // Nobody would listen on a connection that it accepted.
    if (exchange.event) return exchange.respond(501, [], NOTHING);
    // Views of the request end with the first wait, and the program may wait.
    const [head, first] = [exchange.head.slice(), exchange.body.slice()];
    if (exchange.bodyEnded) return run(guest, exchange, head, first);
    return whole(exchange, first, guest.context.limits.messageMaxBytes)
      .then((body) => run(guest, exchange, head, body));
  },
};

async function whole(exchange: Exchange, first: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  const pieces = [first];
  let length = first.length;
  for (let piece = await exchange.read(); piece !== null; piece = await exchange.read()) {
    length += piece.length;
    if (length > maxBytes) throw new BodyTooLargeError(maxBytes);
    pieces.push(piece.slice());
  }
  return joinPieces(pieces);
}

function run(
  guest: GuestInstance,
  exchange: Exchange,
  head: Uint8Array,
  body: Uint8Array,
): void | Promise<void> {
  const { context, surroundings: program } = guest;
  if (!(program instanceof CgiProgram)) throw new TypeError("the guest was made for another convention");
  const granted = context.capabilities.env?.entries ?? [];
  program.begin(variablesOf(head, body.length, context.service, granted), body);
  const returned = endedWell(() => guest.call(START_EXPORT));
  return returned ? returned.then(() => answer(exchange, program)) : answer(exchange, program);
}

function answer(exchange: Exchange, program: CgiProgram): void {
  const { status, headers, body } = readAnswer(program.output);
  program.end();
  exchange.respond(status, headers, body);
}
