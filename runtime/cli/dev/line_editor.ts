/** The line that one types while `berth dev` runs: keys in, whole lines and single-key commands out. */

/** What a key press amounts to. */
export type Typed =
  | { readonly kind: "line"; readonly text: string }
  /** A key on an empty line. */
  | { readonly kind: "key"; readonly key: string }
  | { readonly kind: "interrupt" }
  | { readonly kind: "end" }
  | { readonly kind: "nothing" };

const NOTHING: Typed = { kind: "nothing" };
const LINE_MAX_LENGTH = 8_192;
const HISTORY_MAX_COUNT = 100;
// deno-lint-ignore no-control-regex -- what a terminal sends for its keys
const TOKEN = /\x1b\[[0-9;]*[A-Za-z~]|\x1bO[A-Z]|\x1b|[^\x1b]/gu;

/** A line with its history; it draws nothing. */
export class LineEditor {
  #text = "";
  readonly #history: string[] = [];
  /** How far back in the history; 0 is the line itself. */
  #back = 0;

  /** @param keys that act at once on an empty line */
  constructor(private readonly keys: string) {}

  /** What has been typed so far. */
  get text(): string {
    return this.#text;
  }

  /** Takes what a terminal sent, which may be several keys: text that is pasted comes at once. */
  *type(input: string): Generator<Typed> {
    for (const [token] of input.matchAll(TOKEN)) yield this.#key(token);
  }

  #key(token: string): Typed {
    switch (token) {
      case "\x03":
        return { kind: "interrupt" };
      case "\x04":
        return this.#text === "" ? { kind: "end" } : NOTHING;
      case "\r":
      case "\n":
        return this.#enter();
      case "\x7f":
      case "\b":
        this.#text = [...this.#text].slice(0, -1).join("");
        return NOTHING;
      case "\x15": // Ctrl-U
        this.#text = "";
        return NOTHING;
      case "\x17": // Ctrl-W
        this.#text = this.#text.replace(/\S*\s*$/, "");
        return NOTHING;
      case "\x1b[A":
      case "\x1bOA":
        return this.#recall(1);
      case "\x1b[B":
      case "\x1bOB":
        return this.#recall(-1);
    }
    if (token.startsWith("\x1b") || /\p{Cc}/u.test(token)) return NOTHING;
    if (this.#text === "" && this.keys.includes(token)) return { kind: "key", key: token };
    if (this.#text.length < LINE_MAX_LENGTH) this.#text += token;
    return NOTHING;
  }

  #enter(): Typed {
    const text = this.#text.trim();
    this.#text = "";
    this.#back = 0;
    if (text === "") return NOTHING;
    if (this.#history.at(-1) !== text) this.#history.push(text);
    if (this.#history.length > HISTORY_MAX_COUNT) this.#history.shift();
    return { kind: "line", text };
  }

  #recall(step: number): Typed {
    this.#back = Math.max(0, Math.min(this.#history.length, this.#back + step));
    this.#text = this.#back === 0 ? "" : this.#history.at(-this.#back) ?? "";
    return NOTHING;
  }
}
