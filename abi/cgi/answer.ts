/** What a program printed, as an answer: RFC 3875, section 6. */
import { CgiAnswerError } from "./error.ts";

/** An answer; its body is a view of the output. */
export interface CgiAnswer {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
}

/** The head must end within this. */
const HEAD_MAX_BYTES = 64 << 10;
const NEWLINE = 0x0a;
const latin1 = new TextDecoder("latin1");

/** Reads an answer; throws {@link CgiAnswerError} with what is missing. */
export function readAnswer(output: Uint8Array): CgiAnswer {
  const headers: [string, string][] = [];
  let status: number | null = null;
  let at = 0;
  for (;;) {
    const end = output.subarray(0, HEAD_MAX_BYTES).indexOf(NEWLINE, at);
    if (end < 0) throw new CgiAnswerError(noHead(output.length));
    const line = latin1.decode(output.subarray(at, end)).replace(/\r$/, "");
    at = end + 1;
    if (line === "") break;
    const colon = line.indexOf(":");
    if (colon < 1) throw new CgiAnswerError(`"${line.slice(0, 80)}" is no header line; ${EXPECTED}`);
    const [name, value] = [line.slice(0, colon), line.slice(colon + 1).trim()];
    if (name.toLowerCase() === "status") status = statusOf(value);
    else headers.push([name, value]);
  }
  const moved = headers.some(([name]) => name.toLowerCase() === "location");
  return { status: status ?? (moved ? 302 : 200), headers, body: output.subarray(at) };
}

const EXPECTED =
  "a program prints header lines such as Content-Type: text/plain, an empty line, then the body";

function noHead(bytes: number): string {
  return bytes === 0
    ? `the program printed nothing; ${EXPECTED}`
    : `the program's output has no empty line in its first ${HEAD_MAX_BYTES} bytes; ${EXPECTED}`;
}

function statusOf(value: string): number {
  const status = /^([2-5]\d\d)(?:\s|$)/.exec(value)?.[1];
  if (status === undefined) {
    throw new CgiAnswerError(`Status: "${value.slice(0, 80)}" does not begin with 200 to 599`);
  }
  return Number(status);
}
