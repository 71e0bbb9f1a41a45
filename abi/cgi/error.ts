/** What a program printed is no answer. */
export class CgiAnswerError extends Error {
  override readonly name = "CgiAnswerError";
}
