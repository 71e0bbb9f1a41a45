/**
 * Fuzzes how answers are read: `deno run -A capabilities/http/answer_fuzz.ts [seed] [rounds]`. Answers are made by the
 * grammar and then damaged; each must be read in the same way however it is cut into pieces, and as a second, plain
 * reading of the whole text has it; nothing but the errors that are meant may come of it.
 */
import { CapabilityError } from "../error.ts";
import { seeded } from "../seeded.ts";
import { Connection } from "./connection.ts";

const LIMITS = { egressHeadersMaxBytes: 400, egressHeadersMaxCount: 8, egressResponseMaxBytes: 1e6 };

/** What came of an answer: what was read, or the error's code. */
export type Reading =
  | { readonly status: number; readonly headers: string; readonly body: string; readonly reusable: boolean }
  | string;

/** Reads an answer that comes in pieces of these lengths (the last one as often as needed), then ends. */
export async function readInPieces(
  text: string,
  lengths: readonly number[],
  method = "GET",
): Promise<Reading> {
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  let at = 0, turn = 0;
  const connection = new Connection(
    {
      read(into) {
        if (at === bytes.length) return Promise.resolve(null);
        const length = lengths[Math.min(turn++, lengths.length - 1)] ?? 1;
        const piece = bytes.subarray(at, at + Math.min(length, into.length));
        into.set(piece);
        at += piece.length;
        return Promise.resolve(piece.length);
      },
      write: (given) => Promise.resolve(given.length),
      close() {},
    },
    "",
    () => {},
  );
  try {
    await connection.send(new Uint8Array(1), true);
    const head = await connection.head(method, LIMITS);
    let body = "";
    for (let piece = await connection.piece(); piece; piece = await connection.piece()) body += latin1(piece);
    const all = at === bytes.length;
    return {
      status: head.status,
      headers: JSON.stringify(head.headers),
      body,
      // Bytes that have not come yet are found by the read that watches a kept connection.
      reusable: connection.reusable && all,
    };
  } catch (error) {
    const { code } = error as { code?: string };
    if (error instanceof CapabilityError || code === "ECONNRESET") return code ?? "";
    throw new Error(`${JSON.stringify(text)} threw ${error}`);
  }
}

const latin1 = (bytes: Uint8Array) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");

/** The same reading of the whole text, another way; `null` for any error. */
export function readPlainly(text: string, method = "GET"): Exclude<Reading, string> | null {
  const head = /^HTTP\/1\.([01]) (\d\d\d)(?: [\t -~\x80-\xff]*)?\r\n((?:[^\r\n]*\r\n)*?)\r\n/.exec(text);
  if (!head) return null;
  const [all, minor, status = "", block = ""] = head;
  const rest = text.slice(all.length);
  const fields = block.split("\r\n").slice(0, -1).map((line) =>
    /^([!#$%&'*+.^_`|~\w-]+):[ \t]*(|[!-~\x80-\xff]|[!-~\x80-\xff][\t -~\x80-\xff]*[!-~\x80-\xff])[ \t]*$/
      .exec(line)
  );
  const headers: [string, string][] = [];
  for (const field of fields) {
    if (!field) return null;
    headers.push([(field[1] ?? "").toLowerCase(), field[2] ?? ""]);
  }
  if (status.startsWith("0") || headers.length > LIMITS.egressHeadersMaxCount) return null;
  if (headers.flat().join("").length > LIMITS.egressHeadersMaxBytes) return null;
  const values = (name: string) => headers.filter(([there]) => there === name).map(([, value]) => value);
  const [lengths, encodings] = [values("content-length"), values("transfer-encoding")];
  if (lengths.length + encodings.length > 1) return null;
  if (lengths[0] !== undefined && !/^\d{1,15}$/.test(lengths[0])) return null;
  if (encodings[0] !== undefined && (encodings[0].toLowerCase() !== "chunked" || minor === "0")) return null;
  if (status === "101") return null;
  if (status.startsWith("1")) return readPlainly(rest, method);
  const options = values("connection").join(",").toLowerCase().split(",").map((option) => option.trim());
  const keeps = !options.includes("close") && (minor === "1" || options.includes("keep-alive"));
  const result = (body: string, reusable: boolean) => ({
    status: Number(status),
    headers: JSON.stringify(headers),
    body,
    reusable,
  });
  if (method === "HEAD" || status === "204" || status === "304") return result("", keeps && rest === "");
  if (encodings.length > 0) {
    const body = unchunk(rest);
    return body && result(body.text, keeps && body.rest === "");
  }
  if (lengths[0] === undefined) return result(rest, false);
  const length = Number(lengths[0]);
  return rest.length < length ? null : result(rest.slice(0, length), keeps && rest.length === length);
}

function unchunk(text: string): { text: string; rest: string } | null {
  let body = "";
  for (let at = 0;;) {
    const line = /^([0-9a-f]{1,8})(;[\t -~\x80-\xff]*)?\r\n/i.exec(text.slice(at));
    if (!line || line[0].length > 257) return null;
    at += line[0].length;
    const size = parseInt(line[1] ?? "", 16);
    if (size === 0) {
      const trailer = /^(?:[\t -~\x80-\xff]+\r\n)*\r\n/.exec(text.slice(at));
      if (!trailer || trailer[0].length > LIMITS.egressHeadersMaxBytes) return null;
      return { text: body, rest: text.slice(at + trailer[0].length) };
    }
    if (text.slice(at + size, at + size + 2) !== "\r\n") return null;
    body += text.slice(at, at + size);
    at += size + 2;
  }
}

const LINES = [
  "HTTP/1.1 200 OK",
  "HTTP/1.1 200 OK",
  "HTTP/1.0 200 OK",
  "HTTP/1.1 204",
  "HTTP/1.1 304 Not Modified",
  "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK",
  "HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\nHTTP/1.1 404 ",
  "HTTP/1.1 500 \xe9",
];
const HEADERS = [
  "content-length: 5",
  "Content-Length:5",
  "content-length: 12",
  "transfer-encoding: chunked",
  "Transfer-Encoding: Chunked",
  "transfer-encoding: gzip, chunked",
  "connection: close",
  "connection: keep-alive, x",
  "keep-alive: timeout=5, max=9",
  "x: ",
  "x:\ty z \t",
  "set-cookie: a=b",
  "set-cookie: \xff",
];
const BODIES = [
  "hello",
  "5\r\nhello\r\n0\r\n\r\n",
  "5;a=b\r\nhello\r\n1\r\n!\r\n00\r\nx: y\r\n\r\n",
  "",
  "hello world!",
  "c\r\nhello world!\r\n0\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
];
const DAMAGE = [
  "\r",
  "\n",
  "\0",
  " ",
  ":",
  ";",
  "0",
  "f",
  "g",
  "\x80",
  "\r\n",
  "chunked",
  ", 5",
  "HTTP/1.1 ",
];

function oddAnswer(next: () => number): string {
  const pick = (from: readonly string[]) => from[Math.floor(next() * from.length)] ?? "";
  const headers = Array.from({ length: Math.floor(next() ** 2 * 10) }, () => pick(HEADERS) + "\r\n").join("");
  let text = `${pick(LINES)}\r\n${headers}\r\n${pick(BODIES)}`;
  for (let left = Math.floor(next() ** 3 * 4); left > 0; left--) {
    const at = Math.floor(next() * (text.length + 1)), kind = next();
    if (kind < 0.4) text = text.slice(0, at) + pick(DAMAGE) + text.slice(at);
    else if (kind < 0.7) text = text.slice(0, at) + text.slice(at + 1 + Math.floor(next() * 3));
    else if (kind < 0.9) text = text.slice(0, at) + pick(DAMAGE) + text.slice(at + 1);
    else text = text.slice(0, at);
  }
  return text;
}

/** Runs `rounds` rounds; throws at the first property that does not hold. Returns how much was read at all. */
export async function fuzzAnswers(seed: number, rounds: number): Promise<{ read: number; refused: number }> {
  const number = seeded(seed), next = () => number(2 ** 32) / 2 ** 32;
  const counts = { read: 0, refused: 0 };
  for (let round = 0; round < rounds; round++) {
    const text = oddAnswer(next);
    const method = next() < 0.1 ? "HEAD" : "GET";
    const plain = readPlainly(text, method);
    const cuts = [[1e6], [1], Array.from({ length: 8 }, () => 1 + Math.floor(next() * 40))];
    const readings = await Promise.all(cuts.map((lengths) => readInPieces(text, lengths, method)));
    for (const reading of readings) {
      const same = typeof reading === "string" || !plain
        ? typeof reading === "string" && !plain
        : JSON.stringify(reading) === JSON.stringify(plain);
      if (same) continue;
      throw new Error(
        `${method} ${JSON.stringify(text)} is ${JSON.stringify(readings)}, plainly ${JSON.stringify(plain)}`,
      );
    }
    if (plain) counts.read++;
    else counts.refused++;
  }
  return counts;
}

if (import.meta.main) {
  const seed = Number(Deno.args[0] ?? Date.now() % 1e9);
  console.log(`seed ${seed}`, await fuzzAnswers(seed, Number(Deno.args[1] ?? 300_000)));
}
