/** The requests that the demo shows: as curl lines to try, and made by itself with `--once`. */
import type { Screen } from "../../runtime/cli/screen.ts";

/** A request worth making. */
export interface Call {
  readonly service: string;
  readonly what: string;
  readonly method: string;
  /** Below the service's address. */
  readonly path: string;
  readonly status: number;
  /** What the answer must hold. */
  readonly holds: string;
}

/** The calls, in an order in which they tell something. */
export function demoCalls(upstream: string): Call[] {
  const get = (service: string, path: string, what: string, holds: string, status = 200): Call => ({
    service,
    what,
    method: "GET",
    path,
    status,
    holds,
  });
  return [
    get("log-reader", "/", "log files of this machine, read by a C++ service", "pump.log"),
    get("log-reader", "/pump.log/tail?lines=2&level=info", "the last lines", '"lines"'),
    get(
      "log-reader",
      "/pump.log/grep?text=valve&level=warn",
      "lines about valves that are at least warnings",
      "does not answer",
    ),
    get("log-reader", "/pump.log/counts", "how many lines of each level", '"error":1'),
    get(
      "log-reader",
      "/..%2f..%2fetc%2fpasswd/tail",
      "a way out of the folder that it was given: there is none",
      "does not let",
      403,
    ),
    {
      ...get("counter", "/visits?by=2", "a counter in AssemblyScript; it survives restarts", '"value":'),
      method: "POST",
    },
    get("counter", "/", "all counters", '"visits"'),
    get("relay", "/upstream/now", "a call to another machine, which the operator allowed", "harbour"),
    get(
      "relay",
      `/fetch?url=${encodeURIComponent("http://169.254.169.254/latest/meta-data")}`,
      "a call that nobody allowed",
      "denied",
      403,
    ),
    get(
      "relay",
      `/fetch?url=${encodeURIComponent(`${upstream.replace("127.0.0.1", "localhost")}/now`)}`,
      "the same machine under another name",
      "denied",
      403,
    ),
  ];
}

const shellSafe = (text: string) => /^[\w./:%=-]+$/.test(text) ? text : `'${text}'`;

/** A call as a line for a shell. */
export function curlLine(call: Call, address: string): string {
  const method = call.method === "GET" ? "" : ` -X ${call.method}`;
  return `curl -s${method} ${shellSafe(address + call.path)}`;
}

/** Makes a call and shows it; whether the answer was the right one. */
export async function makeCall(call: Call, address: string, screen: Screen): Promise<boolean> {
  const c = screen.colours;
  const startedMs = performance.now();
  const response = await fetch(address + call.path, { method: call.method });
  const text = await response.text();
  const tookMs = performance.now() - startedMs;
  const right = response.status === call.status && text.includes(call.holds);
  screen.line(`${right ? c.green("✔") : c.red("✖")} ${call.what}`);
  screen.line(`  ${c.cyan(`$ ${curlLine(call, address)}`)}`);
  screen.line(`  ${c.dim(`${response.status} in ${tookMs.toFixed(1)} ms`)}  ${indented(text)}`);
  if (!right) screen.line(c.red(`  expected ${call.status} and ${JSON.stringify(call.holds)} in the answer`));
  screen.line();
  return right;
}

/** JSON on a line of its own as far as it fits, else laid out. */
function indented(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    const flat = JSON.stringify(value);
    return flat.length <= 100 ? flat : "\n  " + JSON.stringify(value, null, 2).replaceAll("\n", "\n  ");
  } catch {
    return text.trimEnd();
  }
}
