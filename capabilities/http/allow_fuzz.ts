/**
 * Fuzzes the allow list: `deno run -A capabilities/http/allow_fuzz.ts [seed] [rounds]`. A short run is in the tests.
 *
 * What must hold for every pattern and URL, however odd:
 * - reading either gives a value or its own kind of error, nothing else;
 * - what a URL means does not change when its own parts are read again;
 * - a URL is allowed only if an independent, plain reading of pattern and host agrees;
 * - the host that is sent to the resolver is one that the URL standard reads as itself.
 */
import { CapabilityError } from "../error.ts";
import { seeded } from "../seeded.ts";
import { addressText, isIpv4, parseAddress, specialNetwork } from "./address.ts";
import {
  type AllowPattern,
  AllowPatternError,
  allowsTarget,
  originOf,
  parsePattern,
  parseTarget,
  type Target,
} from "./allow.ts";

const SCHEMES = ["http://", "https://", "HTTP://", "http:", "ftp://", "//", "", "http:\\\\", "https:/"];
const HOSTS = [
  "example.com",
  "*.example.com",
  "a.example.com",
  "badexample.com",
  "EXAMPLE.com",
  "example.com.",
  "127.0.0.1",
  "127.1",
  "0x7f.1",
  "0177.0.0.1",
  "2130706433",
  "[::1]",
  "[::ffff:127.0.0.1]",
  "[::ffff:7f00:1]",
  "10.0.0.0/8",
  "0.0.0.0/0",
  "0.0.0.0",
  "[::]",
  "169.254.169.254",
  "localhost",
  "self",
  "xn--bcher-kva.de",
  "bücher.de",
  "h",
  "user@h",
  "h%00",
  "h%2e",
  "a..b",
  "ⓔxample.com",
  "example。com",
  "1.2.3.4.5",
  "[fe80::1%25eth0]",
  "0x",
  "1e9",
];
const PORTS = ["", ":80", ":443", ":8080", ":0", ":65535", ":65536", ":9000-9010", ":*", ":", ":0080", ":8o"];
const TAILS = [
  "",
  "/",
  "/x",
  "?q",
  "#f",
  "/../..",
  "/%2e%2e",
  "\\",
  "@evil.test",
  "\r\n",
  "/\t",
  "\0",
  ".",
  "%40evil",
];

/** One text from parts, sometimes with a character put in, taken out or doubled. */
function odd(next: (n: number) => number): string {
  const pick = (list: readonly string[]) => list[next(list.length)] ?? "";
  const scheme = next(2) === 0 ? "http://" : pick(SCHEMES);
  let text = scheme + pick(HOSTS) + pick(PORTS) + (next(2) === 0 ? "" : pick(TAILS));
  for (let edits = next(4) === 0 ? next(4) : 0; edits > 0; edits--) {
    const at = next(text.length + 1);
    const char = String.fromCharCode(next(5) === 0 ? next(0x3000) : next(128));
    text = text.slice(0, at) + (next(2) === 0 ? char : "") + text.slice(at + next(2));
  }
  return text;
}

function attempt<T>(
  read: () => T,
  kind: typeof CapabilityError | typeof AllowPatternError,
  text: string,
): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof kind) return null;
    throw new Error(`${JSON.stringify(text)} threw ${error}`);
  }
}

function hold(condition: boolean, what: string, ...texts: readonly string[]): void {
  if (!condition) throw new Error(`${what}: ${texts.map((text) => JSON.stringify(text)).join(" ")}`);
}

/** Properties of a URL that was read. */
function checkTarget(target: Target, text: string): void {
  const again = parseTarget(originOf(target) + target.path);
  hold(originOf(again) === originOf(target) && again.path === target.path, "reading again differs", text);
  const standard = new URL(text);
  hold(standard.username === "" && standard.password === "", "credentials passed", text);
  hold(/^[a-z0-9_.-]+$|^\[[0-9a-f:]+\]$/.test(target.host), "an odd host passed", text, target.host);
  const sent = new URL(`http://${target.host}/`).hostname;
  const mapped = target.address !== null && isIpv4(target.address) && standard.hostname.startsWith("[");
  hold(sent === target.host, "the resolver gets another host", text, target.host);
  hold(mapped || standard.hostname.replace(/\.$/, "") === target.host, "the host differs", text, target.host);
  // deno-lint-ignore no-control-regex -- these must not be in a request line
  hold(/^\/[^\x00-\x20\x7f]*$/.test(target.path), "a path that breaks the request line", text, target.path);
}

/** The same question as `allowsTarget`, answered another way. */
function plainly(pattern: AllowPattern, target: Target): boolean {
  if (pattern.scheme !== target.scheme || target.port < pattern.portFirst || target.port > pattern.portLast) {
    return false;
  }
  const { host } = pattern;
  const address = parseAddress(target.host.replace(/^\[|\]$/g, ""));
  if (host.kind === "name") return address === null && target.host === host.name;
  if (host.kind === "below") {
    const labels = target.host.split(".");
    const wanted = host.name.split(".");
    return address === null && labels.length > wanted.length &&
      labels.slice(-wanted.length).join(".") === host.name;
  }
  if (address === null) return false;
  if (host.kind === "address") return addressText(host.address) === addressText(address);
  const [base = "", bits = "0"] = host.text.split("/");
  const number = (value: string) => value.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  if (!isIpv4(address)) return false;
  const size = 2 ** (32 - Number(bits));
  const inside = Math.floor(number(addressText(address)) / size) === Math.floor(number(base) / size);
  const special = specialNetwork(address);
  return inside && (special === null || special.bits <= 96 + Number(bits));
}

/** Runs `rounds` rounds; throws at the first property that does not hold. Returns how much was read at all. */
export function fuzzAllow(
  seed: number,
  rounds: number,
): { patterns: number; targets: number; allowed: number } {
  const next = seeded(seed);
  const recent = new Array<AllowPattern | null>(32).fill(null);
  const counts = { patterns: 0, targets: 0, allowed: 0 };
  for (let round = 0; round < rounds; round++) {
    const [patternText, urlText] = [odd(next), odd(next)];
    const pattern = attempt(() => parsePattern(patternText), AllowPatternError, patternText);
    const target = attempt(() => parseTarget(urlText), CapabilityError, urlText);
    if (pattern) recent[counts.patterns++ % recent.length] = pattern;
    if (!target) continue;
    counts.targets++;
    checkTarget(target, urlText);
    for (const candidate of recent) {
      if (!candidate) continue;
      const allowed = allowsTarget([candidate], target);
      hold(allowed === plainly(candidate, target), "two readings disagree", candidate.text, urlText);
      counts.allowed += allowed ? 1 : 0;
    }
  }
  return counts;
}

if (import.meta.main) {
  const seed = Number(Deno.args[0] ?? Date.now() % 1e9);
  console.log(`seed ${seed}`, fuzzAllow(seed, Number(Deno.args[1] ?? 3_000_000)));
}
