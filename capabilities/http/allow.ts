/**
 * The allow list of outbound HTTP: what its patterns are, and whether a URL or an address is within them. Pure.
 *
 * A pattern is `scheme://host`, `scheme://host:port` or `scheme://host:first-last`, or the word `self`:
 * - the scheme is `http` or `https`, and the port defaults to 80 or 443; `*` stands for every port;
 * - the host is a name, `*.` and a name (every host below it, not itself), an IPv4 address, an IPv6 address in
 *   brackets, or an IPv4 network (`203.0.113.0/24`);
 * - `self` is this Berth's own address on the device.
 *
 * A name that is allowed may be called only where it leads to a public address; private, link-local, metadata
 * and other special addresses must be allowed by address, too. `localhost` may lead to loopback, as it must.
 */
import { CapabilityError } from "../error.ts";
import {
  type Address,
  addressText,
  holds,
  ipv4Network,
  isLoopback,
  type Network,
  parseIpv4,
  parseIpv6,
  specialNetwork,
} from "./address.ts";

/** `http` or `https`. */
export type Scheme = "http" | "https";

/** The host part of a pattern. */
export type HostPattern =
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "below"; readonly name: string }
  | { readonly kind: "address"; readonly address: Address }
  | { readonly kind: "network"; readonly network: Network; readonly text: string };

/** One pattern of the list. */
export interface AllowPattern {
  readonly text: string;
  readonly scheme: Scheme;
  readonly host: HostPattern;
  readonly portFirst: number;
  readonly portLast: number;
}

/** The pattern for this Berth's own address. */
export const SELF = "self";

/** Why a pattern is not one: what it has, and what would be right. */
export class AllowPatternError extends Error {
  override readonly name = "AllowPatternError";
}

const PORT_MAX = 65_535;
const NAME_MAX = 253;
const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * Reads a pattern other than `self`.
 *
 * @throws {AllowPatternError} with the reason and the right form
 */
export function parsePattern(text: string): AllowPattern {
  const wrong = (why: string) => new AllowPatternError(`"${text}": ${why}`);
  if (text.length > 300) throw new AllowPatternError("a pattern is longer than 300 characters");
  const split = /^([^:/]*):\/\/(.*)$/s.exec(text);
  if (!split) throw wrong("write scheme://host or scheme://host:port, or self");
  const [, scheme, rest = ""] = split;
  if (scheme !== "http" && scheme !== "https") throw wrong("the scheme must be http or https, in lower case");
  if (rest.includes("@")) throw wrong("a pattern holds no user name or password");
  if (/[?#]/.test(rest)) throw wrong("a pattern ends with the host or port; leave the query out");
  if (rest.startsWith("[") ? !rest.includes("]") : rest.split(":").length > 2) {
    throw wrong("write IPv6 addresses in brackets");
  }
  const parts = /^(\[[^\]]*\]|[^:/]*)(\/[^:/]*)?(?::([^/]*))?(\/.*)?$/s.exec(rest);
  if (!parts) throw wrong("write IPv6 addresses in brackets, and nothing but a port after the host");
  const [, host = "", slash, ports, path] = parts;
  if (path !== undefined) throw wrong("a pattern ends with the host or port; leave the path out");
  const { portFirst, portLast } = parsePorts(ports, scheme, wrong);
  return { text, scheme, host: parseHost(host, slash, wrong), portFirst, portLast };
}

/**
 * The patterns of a grant's list, `self` in its place.
 *
 * @param selfOrigin this Berth's own address; where there is none `self` allows nothing
 * @throws {AllowPatternError}
 */
export function patternsOf(allow: readonly string[], selfOrigin: string | undefined): AllowPattern[] {
  return allow.flatMap((text) => {
    if (text !== SELF) return [parsePattern(text)];
    return selfOrigin === undefined ? [] : [parsePattern(selfOrigin)];
  });
}

type Wrong = (why: string) => AllowPatternError;

function parsePorts(text: string | undefined, scheme: Scheme, wrong: Wrong) {
  if (text === undefined) {
    const port = defaultPort(scheme);
    return { portFirst: port, portLast: port };
  }
  if (text === "*") return { portFirst: 1, portLast: PORT_MAX };
  if (text.includes("..")) throw wrong("write a range of ports as first-last");
  const match = /^([1-9]\d{0,4})(?:-([1-9]\d{0,4}))?$/.exec(text);
  const portFirst = Number(match?.[1]);
  const portLast = Number(match?.[2] ?? match?.[1]);
  if (!match || portFirst > PORT_MAX || portLast > PORT_MAX) {
    throw wrong(`the port must be 1 to ${PORT_MAX}, a range first-last, or *`);
  }
  if (portLast < portFirst) throw wrong("the range of ports ends before it starts");
  return { portFirst, portLast };
}

function parseHost(host: string, slash: string | undefined, wrong: Wrong): HostPattern {
  if (host.startsWith("[")) {
    if (slash !== undefined) throw wrong("networks are IPv4 only; list IPv6 addresses one by one");
    const address = parseIpv6(host.slice(1, -1));
    if (address === null) throw wrong(`${host} is not an IPv6 address`);
    return { kind: "address", address: callable(address, wrong) };
  }
  const v4 = parseIpv4(host);
  if (slash !== undefined) {
    if (v4 === null) throw wrong("a pattern ends with the host or port; leave the path out");
    return parseNetwork(v4, host + slash, wrong);
  }
  if (v4 !== null) return { kind: "address", address: callable(v4, wrong) };
  if (host === "*") throw wrong("every host cannot be allowed; name them, or a domain as *.example.com");
  if (host.startsWith("*.")) return { kind: "below", name: parseName(host.slice(2), wrong) };
  return { kind: "name", name: parseName(host, wrong) };
}

function parseNetwork(address: Address, text: string, wrong: Wrong): HostPattern {
  const bits = /^[^/]*\/(\d{1,2})$/.exec(text)?.[1];
  if (bits === undefined || Number(bits) > 32 || (bits.length > 1 && bits.startsWith("0"))) {
    throw wrong("a network is written address/bits, with 0 to 32 bits");
  }
  const network = ipv4Network(address, Number(bits));
  const hostBits = (1n << BigInt(32 - Number(bits))) - 1n;
  if ((address & hostBits) !== 0n) {
    throw wrong(`the network starts at ${addressText(address & ~hostBits)}/${bits}`);
  }
  return { kind: "network", network, text };
}

function callable(address: Address, wrong: Wrong): Address {
  if (specialNetwork(address)?.name === "an unspecified address") {
    throw wrong("the unspecified address cannot be called; write 127.0.0.1 or [::1] for this device");
  }
  return address;
}

function parseName(name: string, wrong: Wrong): string {
  if (name === "") throw wrong("the host is missing");
  if (name !== name.toLowerCase()) throw wrong(`write the host in lower case: ${name.toLowerCase()}`);
  if (name.endsWith(".")) throw wrong("leave the dot at the end of the host out");
  if (name.includes("*")) throw wrong("a wildcard stands for whole names in front: *.example.com");
  // deno-lint-ignore no-control-regex -- exactly the ASCII range is meant
  if (/[^\x00-\x7f]/.test(name)) throw wrong(`write the host in ASCII${punycode(name)}`);
  const labels = name.split(".");
  if (name.length > NAME_MAX || !labels.every((label) => LABEL.test(label))) {
    throw wrong(`${JSON.stringify(name)} is not a host name`);
  }
  // URL parsers read a host that ends in a number as an address, whatever stands before it.
  if (/^(\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? "")) {
    throw wrong("an address is written as four decimal numbers, such as 127.0.0.1");
  }
  return name;
}

function punycode(name: string): string {
  const url = URL.canParse(`http://${name}`) ? new URL(`http://${name}`).hostname : "";
  return url === "" ? "" : `: ${url}`;
}

/** 80 or 443. */
export function defaultPort(scheme: Scheme): number {
  return scheme === "http" ? 80 : 443;
}

/** Where a request goes: what of its URL decides whether it may. */
export interface Target {
  readonly scheme: Scheme;
  /** The name in lower case without a final dot, or the address as `addressText` writes it. */
  readonly host: string;
  /** Present when the host is an address. */
  readonly address: Address | null;
  readonly port: number;
  /** Path and query, as sent; starts with "/". */
  readonly path: string;
}

const URL_HEAD = /^https?:\/\/[^/\\?#]/i;
// deno-lint-ignore no-control-regex -- exactly these are meant
const NOT_IN_URLS = /[\x00-\x20\x7f\\]/;

/**
 * Reads an absolute URL; the spellings of an address all come to one.
 *
 * @throws {CapabilityError} `invalid`, without the URL's content: it may hold what a log should not
 */
export function parseTarget(text: string): Target {
  const invalid = (why: string) => new CapabilityError("invalid", `the URL ${why}`);
  if (NOT_IN_URLS.test(text)) throw invalid("contains a space, backslash or control character");
  if (!URL_HEAD.test(text)) throw invalid("must be absolute and start with http:// or https://");
  if (/^[^/]*\/\/[^/?#]*@/.test(text)) throw invalid("holds a user name or password; use a header");
  const url = URL.parse(text);
  if (!url) throw invalid("is malformed");
  const scheme: Scheme = url.protocol === "http:" ? "http" : "https";
  const hostname = url.hostname.endsWith(".") ? url.hostname.slice(0, -1) : url.hostname;
  const isIpv6 = hostname.startsWith("[");
  const address = isIpv6 ? parseIpv6(hostname.slice(1, -1)) : parseIpv4(hostname);
  if (address === null && !isName(hostname)) throw invalid("has no host that could be called");
  const port = url.port === "" ? defaultPort(scheme) : Number(url.port);
  if (port === 0) throw invalid("has port 0");
  // The URL's own form of an IPv4 address is the one form that was read; IPv6 may hold one in its last groups.
  const host = isIpv6 && address !== null ? addressText(address) : hostname;
  return { scheme, host, address, port, path: url.pathname + url.search };
}

function isName(host: string): boolean {
  return host.length <= NAME_MAX && host.split(".").every((label) => LABEL.test(label));
}

/** `host:port`, the port left out where it is the scheme's own: the Host header. */
export function authority(target: Target): string {
  return target.port === defaultPort(target.scheme) ? target.host : `${target.host}:${target.port}`;
}

/** `scheme://host:port` as a manifest would allow it. */
export function originOf(target: Target): string {
  return `${target.scheme}://${authority(target)}`;
}

/** Whether scheme and port are within the pattern. */
function samePlace(pattern: AllowPattern, scheme: Scheme, port: number): boolean {
  return pattern.scheme === scheme && pattern.portFirst <= port && port <= pattern.portLast;
}

function hostMatches(host: HostPattern, target: Target): boolean {
  if (target.address !== null) return addressMatches(host, target.address);
  if (host.kind === "name") return host.name === target.host;
  return host.kind === "below" && target.host.endsWith(`.${host.name}`) &&
    target.host.length > host.name.length + 1;
}

/** A network allows special addresses only when all of it is of that kind: 0.0.0.0/0 is the public internet. */
function addressMatches(host: HostPattern, address: Address): boolean {
  if (host.kind === "address") return host.address === address;
  if (host.kind !== "network" || !holds(host.network, address)) return false;
  const special = specialNetwork(address);
  return special === null || host.network.bits >= special.bits;
}

/** Whether the list allows the target, as far as its URL tells. */
export function allowsTarget(patterns: readonly AllowPattern[], target: Target): boolean {
  return patterns.some((pattern) =>
    samePlace(pattern, target.scheme, target.port) && hostMatches(pattern.host, target)
  );
}

/**
 * Whether the list allows a connection to this address for a target that it allows.
 *
 * @returns `null` when it does, else what kind of address it is ("a private address")
 */
export function refusedAddress(
  patterns: readonly AllowPattern[],
  target: Target,
  address: Address,
): string | null {
  const special = specialNetwork(address);
  if (special === null || target.address === address) return null;
  if (target.host === "localhost" && isLoopback(address)) return null;
  const byAddress = patterns.some((pattern) =>
    samePlace(pattern, target.scheme, target.port) && addressMatches(pattern.host, address)
  );
  return byAddress ? null : special.name;
}
