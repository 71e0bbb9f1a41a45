/** What a service's own tests put in place of the world: plain data, as it travels to the worker. */
import { CapabilityError, type CapabilityErrorCode } from "./error.ts";

/** What a faked call gets. */
export type FakedAnswer =
  | {
    readonly status: number;
    readonly headers: readonly (readonly [string, string])[];
    readonly body: Uint8Array;
  }
  | { readonly error: CapabilityErrorCode };

/** A call that is answered by the test. */
export interface FakedCall {
  /** In capitals; any when absent. */
  readonly method?: string;
  /**
   * `https://api.example.com/users/*`, for another service `service:NAME/path`; `*` stands for any text, and without
   * a `?` any query fits.
   */
  readonly url: string;
  readonly answer: FakedAnswer;
}

/** The world of one step of a test. */
export interface FakedWorld {
  /** The first that fits answers; nothing else is reached. `null`: calls go out as they would on a device. */
  readonly calls: readonly FakedCall[] | null;
  /** Where the time of day stands (ms since 1970); `null`: it goes on as it does. */
  readonly wallMs: number | null;
  /** The beginning of the same random numbers in every run; `null`: they are random. */
  readonly seed: number | null;
}

/** Everything that a worker under test needs to know. */
export interface Fakes {
  /** The first is the world while the service starts and between steps. */
  readonly worlds: readonly FakedWorld[];
  /** One `Int32`: which of them holds now. The test writes it, workers read it. */
  readonly now: SharedArrayBuffer;
  /** What storage holds before the first request. */
  readonly storage: Readonly<Record<string, string>>;
}

/** A call as a test looks at it. */
export interface MadeCall {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

/** The name of the field under which a log line holds the call that was made. */
export const CALL_FIELD = "fakedCall";

/** Whether a URL fits a pattern of {@link FakedCall.url}. */
export function fitsUrl(pattern: string, url: string): boolean {
  const text = pattern.includes("?") ? url : url.replace(/\?.*$/s, "");
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s").test(text);
}

/**
 * The answer to a call.
 *
 * @throws {CapabilityError} `unreachable` when nothing is said of it, or the faked error
 */
export function answerOf(
  calls: readonly FakedCall[],
  method: string,
  url: string,
): Exclude<FakedAnswer, { error: unknown }> {
  const found = calls.find((call) => (call.method ?? method) === method && fitsUrl(call.url, url));
  if (!found) {
    throw new CapabilityError(
      "unreachable",
      `${method} ${url} is not faked: tests reach no network; say in tests/requests.json under "calls" what it answers`,
    );
  }
  const { answer } = found;
  if (!("error" in answer)) return answer;
  throw new CapabilityError(answer.error, `${method} ${url}: the test says ${answer.error}`);
}
