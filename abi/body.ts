/** A body that a guest can only take whole is longer than a message may be: 413. */
export class BodyTooLargeError extends Error {
  override readonly name = "BodyTooLargeError";
  readonly code = "body-too-large";
  constructor(readonly maxBytes: number) {
    super(`hand the request's body to the guest: it is longer than messageMaxBytes (${maxBytes})`);
  }
}
