/** The errors of the serverless ABI that are not a capability's. */

/** A message that is not what the table says; the guest gets its code and text as an error answer. */
export class MessageError extends Error {
  override readonly name = "MessageError";
  constructor(readonly code: "invalid" | "too-large" | "unknown-method" | "busy", message: string) {
    super(message);
  }
}

/**
 * The guest returned, nothing it asked for is under way, and it has sent no answer. The runtime turns this
 * into a 502 at once: no later event could bring the answer.
 */
export class NoAnswerError extends Error {
  override readonly name = "NoAnswerError";
  readonly code = "no-answer";
  /** @param why what the guest did last, if it explains the silence: a refused `response.send`, for one */
  constructor(why = "") {
    super(
      `serve the request: the guest returned without response.send and waits for nothing${why && `; ${why}`}`,
    );
  }
}
