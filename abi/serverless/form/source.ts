/** A form under way, whoever asks: mimik's callbacks or Berth's `form.*` messages. */
import type { BodySource } from "../body.ts";
import { MessageError } from "../error.ts";
import type { FormPart } from "./head.ts";
import { MultipartParser } from "./multipart.ts";

/** The bytes taken from the body at once. */
const READ_BYTES = 65_536;

/** Reads a multipart form part by part, as the body arrives. */
export class FormSource {
  readonly #body: BodySource;
  readonly #parser: MultipartParser;
  #onClose: (() => void) | null = null;
  #part: FormPart | null = null;

  /** @param contentType the request's content-type, with its boundary */
  constructor(body: BodySource, contentType: string) {
    const boundary = boundaryOf(contentType);
    if (boundary === null) {
      throw new MessageError(
        "invalid",
        `read a form: the request's content-type is no multipart/form-data with a boundary`,
      );
    }
    this.#body = body;
    this.#parser = new MultipartParser(boundary);
  }

  /** The next part's head; `null` after the last. What is left of the present part is passed over. */
  next(): FormPart | null | Promise<FormPart | null> {
    for (;;) {
      const event = this.#parser.next();
      if (event !== "more") return this.#part = event.kind === "part" ? event.part : null;
      const fed = this.#feed();
      if (fed) return fed.then(() => this.next());
    }
  }

  /** Whether a file part was found and the next was not asked for. */
  get inPart(): boolean {
    return this.#part !== null && this.#part.filename !== null;
  }

  /** The next piece of the present part; `null` at its end. */
  read(max: number): Uint8Array | null | Promise<Uint8Array | null> {
    for (;;) {
      const piece = this.#parser.read(max);
      if (piece !== "more") return piece;
      const fed = this.#feed();
      if (fed) return fed.then(() => this.read(max));
    }
  }

  #feed(): Promise<void> | undefined {
    const take = (piece: Uint8Array | null) => piece === null ? this.#parser.end() : this.#parser.push(piece);
    const next = this.#body.next(READ_BYTES);
    if (next instanceof Promise) return next.then(take);
    take(next);
    return undefined;
  }

  /** Registers what must be undone when the request ends first: a half-written file. */
  onClose(undo: (() => void) | null): void {
    this.#onClose = undo;
  }

  /** Undoes what is half done. */
  close(): void {
    this.#onClose?.();
    this.#onClose = null;
  }
}

/** The boundary of a multipart/form-data content-type; `null` when it is none or has none that is allowed. */
export function boundaryOf(contentType: string): string | null {
  const match = /^\s*multipart\/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"]*)"|([^\s;"]+))/i.exec(contentType);
  const boundary = match?.[1] ?? match?.[2];
  if (boundary === undefined || boundary === "" || boundary.length > 70) return null;
  return boundary;
}
