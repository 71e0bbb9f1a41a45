/** A guest's failure as its log tells it: what the guest's author can do something with. */
import { BerthError } from "./error.ts";

/** The guest is stopped by a load outside its memory, and that is how V8 names it: the reason is another. */
const STOPPED: Readonly<Record<string, string>> = {
  "wall-limit": "it was stopped when its time was over (limits.wallMaxMs)",
  "cpu-limit": "it was stopped when its computing time was used up (limits.cpuMaxMs)",
};

const TRAP = /memory access out of bounds/;

/** Why a request failed. */
export function failureText(code: string, message: string): string {
  const stopped = TRAP.test(message) ? STOPPED[code] : undefined;
  return stopped ?? message;
}

/** Frames of Berth's own sources, of Deno's and of Node's. */
const HOST_FRAME = /^\s*at .*\b(file|ext|node|data):/;

/** The guest's part of a backtrace; whole when nothing of it is the guest's, since then it tells of Berth. */
export function guestFrames(code: string, message: string, stack: string): string {
  if (!stack.includes("wasm://")) return stack;
  const lines = stack.split("\n").filter((line) => !HOST_FRAME.test(line));
  return lines.join("\n").replace(message, () => failureText(code, message));
}

/** What a guest was denied, and what would allow it. */
export interface DeniedAttempt {
  readonly attempt: string;
  readonly manifestLine: string;
}

const DENIALS_TOLD_MAX_COUNT = 4;

/** A start that failed after something was denied failed for that: Go's runtime ends without clock or random bytes. */
export function withDenials(error: unknown, denials: Iterable<DeniedAttempt>): unknown {
  if (!(error instanceof BerthError) || error.code !== "start-failed") return error;
  const told = [...denials].slice(0, DENIALS_TOLD_MAX_COUNT);
  if (told.length === 0) return error;
  const attempts = told.map(({ attempt }) => attempt).join(", ");
  const lines = [...new Set(told.map(({ manifestLine }) => manifestLine))].join(", ");
  const detail =
    `${error.detail}; before that it was denied what it tried (${attempts}), which berth.json would allow under "capabilities" with ${lines}`;
  return new BerthError(error.code, detail, error.data, error.internal, { cause: error });
}
