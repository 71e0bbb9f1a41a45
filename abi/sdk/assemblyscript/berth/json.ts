// JSON values: read, look at, change, write.
import { quote } from "./http";

/** What a JSON value is. */
export enum JsonType {
  Null,
  Boolean,
  Number,
  Text,
  List,
  Object,
}

/** A JSON value. Asking a value for what it is not gives null, 0, false or an empty text. */
export class Json {
  type: JsonType = JsonType.Null;
  number: f64 = 0;
  text: string = "";
  items: Json[] = [];
  keys: string[] = [];

  static of(text: string): Json {
    const json = new Json();
    json.type = JsonType.Text;
    json.text = text;
    return json;
  }
  static ofNumber(value: f64): Json {
    const json = new Json();
    json.type = JsonType.Number;
    json.number = value;
    return json;
  }
  static ofBool(value: bool): Json {
    const json = new Json();
    json.type = JsonType.Boolean;
    json.number = value ? 1 : 0;
    return json;
  }
  static list(): Json {
    const json = new Json();
    json.type = JsonType.List;
    return json;
  }
  static object(): Json {
    const json = new Json();
    json.type = JsonType.Object;
    return json;
  }

  /** Reads text; null when it is not JSON and nothing else. */
  static parse(text: string): Json | null {
    const parser = new Parser(text);
    const json = parser.value(0);
    parser.space();
    return parser.failed || parser.at != text.length ? null : json;
  }

  get bool(): bool {
    return this.type == JsonType.Boolean && this.number != 0;
  }
  get integer(): i64 {
    return this.type == JsonType.Number ? <i64>this.number : 0;
  }
  has(key: string): bool {
    return this.keys.includes(key);
  }

  /** A member of an object; null when there is none. */
  get(key: string): Json {
    const index = this.keys.indexOf(key);
    return index < 0 ? new Json() : this.items[index];
  }

  /** An item of a list; null when there is none. */
  at(index: i32): Json {
    return this.type == JsonType.List && index >= 0 && index < this.items.length ? this.items[index] : new Json();
  }

  /** Sets a member. */
  set(key: string, value: Json): Json {
    this.type = JsonType.Object;
    const index = this.keys.indexOf(key);
    if (index >= 0) {
      this.items[index] = value;
      return this;
    }
    this.keys.push(key);
    this.items.push(value);
    return this;
  }
  setText(key: string, value: string): Json {
    return this.set(key, Json.of(value));
  }
  setNumber(key: string, value: f64): Json {
    return this.set(key, Json.ofNumber(value));
  }

  /** Adds an item. */
  push(value: Json): Json {
    this.type = JsonType.List;
    this.items.push(value);
    return this;
  }

  /** As text. */
  toString(): string {
    if (this.type == JsonType.Boolean) return this.bool ? "true" : "false";
    if (this.type == JsonType.Text) return quote(this.text);
    if (this.type == JsonType.Number) return numberText(this.number);
    if (this.type == JsonType.Null) return "null";
    const isList = this.type == JsonType.List;
    let out = isList ? "[" : "{";
    for (let index = 0; index < this.items.length; index++) {
      if (index > 0) out += ",";
      if (!isList) out += quote(this.keys[index]) + ":";
      out += this.items[index].toString();
    }
    return out + (isList ? "]" : "}");
  }
}

function numberText(value: f64): string {
  if (!isFinite(value)) return "null"; // infinities and NaN have no JSON form
  return value == Math.trunc(value) && Math.abs(value) < 9007199254740992 ? (<i64>value).toString() : value.toString();
}

class Parser {
  at: i32 = 0;
  failed: bool = false;

  constructor(private source: string) {}

  private peek(): i32 {
    return this.at < this.source.length ? this.source.charCodeAt(this.at) : -1;
  }

  space(): void {
    while (this.peek() == 32 || (this.peek() >= 9 && this.peek() <= 13)) this.at++;
  }

  private fail(): Json {
    this.failed = true;
    this.at = this.source.length;
    return new Json();
  }

  private word(word: string): bool {
    if (!this.source.startsWith(word, this.at)) return false;
    this.at += word.length;
    return true;
  }

  value(depth: i32): Json {
    this.space();
    if (depth > 64) return this.fail();
    if (this.word("{")) return this.object(depth);
    if (this.word("[")) return this.list(depth);
    if (this.peek() == 34) return Json.of(this.string());
    if (this.word("true")) return Json.ofBool(true);
    if (this.word("false")) return Json.ofBool(false);
    if (this.word("null")) return new Json();
    return this.number();
  }

  private list(depth: i32): Json {
    const made = Json.list();
    this.space();
    if (this.word("]")) return made;
    while (true) {
      made.items.push(this.value(depth + 1));
      this.space();
      if (this.word("]")) return made;
      if (this.failed || !this.word(",")) return this.fail();
    }
  }

  private object(depth: i32): Json {
    const made = Json.object();
    this.space();
    if (this.word("}")) return made;
    while (true) {
      this.space();
      if (this.peek() != 34) return this.fail();
      const key = this.string();
      this.space();
      if (!this.word(":")) return this.fail();
      made.set(key, this.value(depth + 1));
      this.space();
      if (this.word("}")) return made;
      if (this.failed || !this.word(",")) return this.fail();
    }
  }

  private digits(): bool {
    const start = this.at;
    while (this.peek() >= 48 && this.peek() <= 57) this.at++;
    return this.at > start;
  }

  private number(): Json {
    const start = this.at;
    this.word("-");
    if (!this.word("0") && !this.digits()) return this.fail();
    if (this.word(".") && !this.digits()) return this.fail();
    if (this.word("e") || this.word("E")) {
      if (!this.word("+")) this.word("-");
      if (!this.digits()) return this.fail();
    }
    return Json.ofNumber(parseFloat(this.source.substring(start, this.at)));
  }

  private string(): string {
    let out = "";
    let from = ++this.at;
    while (true) {
      const code = this.peek();
      if (code < 32) {
        this.fail();
        return out;
      }
      if (code == 34 || code == 92) out += this.source.substring(from, this.at);
      this.at++;
      if (code == 34) return out;
      if (code == 92) {
        out += this.escape();
        from = this.at;
      }
    }
  }

  private escape(): string {
    const code = this.peek();
    this.at++;
    if (code == 34 || code == 92 || code == 47) return String.fromCharCode(code);
    if (code == 98) return "\b";
    if (code == 102) return "\f";
    if (code == 110) return "\n";
    if (code == 114) return "\r";
    if (code == 116) return "\t";
    if (code == 117 && this.at + 4 <= this.source.length) {
      const value = <i32>I32.parseInt(this.source.substring(this.at, this.at + 4), 16);
      this.at += 4;
      return String.fromCharCode(value);
    }
    this.failed = true;
    return "";
  }
}
