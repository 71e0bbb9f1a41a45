/**
 * IP addresses as numbers, and which of them are not the public internet. Pure.
 *
 * Every address is one number of 128 bits; IPv4 lies at `::ffff:0:0/96`, so that an IPv4 address and its
 * IPv6-mapped spelling are the same number.
 */

/** An address of either family. */
export type Address = bigint;

const MAPPED = 0xffff_0000_0000n;
const MAPPED_BITS = 96;

/** The IPv4 address in dotted form, four decimal numbers without leading zeros; `null` for anything else. */
export function parseIpv4(text: string): Address | null {
  const last = text.charCodeAt(text.length - 1);
  if (!(last >= 48 && last <= 57)) return null; // most names
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (!parts) return null;
  let value = 0;
  for (let at = 1; at <= 4; at++) {
    const part = parts[at] ?? "";
    const number = Number(part);
    if (number > 255 || (part.length > 1 && part.startsWith("0"))) return null;
    value = value * 256 + number;
  }
  return MAPPED | BigInt(value);
}

/** The IPv6 address without brackets or zone; `null` for anything else. */
export function parseIpv6(text: string): Address | null {
  if (text.length > 45 || !/^[0-9a-f:.]+$/i.test(text)) return null;
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const head = groups(halves[0] ?? "", halves.length === 1);
  const tail = halves.length === 2 ? groups(halves[1] ?? "", true) : [];
  if (!head || !tail) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  return [...head, ...new Array<number>(missing).fill(0), ...tail]
    .reduce((value, group) => value << 16n | BigInt(group), 0n);
}

/** The 16-bit groups of one side of "::"; the last may be a dotted IPv4 address. */
function groups(text: string, last: boolean): number[] | null {
  if (text === "") return [];
  const parts = text.split(":");
  const found: number[] = [];
  for (const [index, part] of parts.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(part)) {
      found.push(parseInt(part, 16));
      continue;
    }
    const v4 = last && index === parts.length - 1 ? parseIpv4(part) : null;
    if (v4 === null) return null;
    found.push(Number(v4 >> 16n & 0xffffn), Number(v4 & 0xffffn));
  }
  return found;
}

/** The address in either family's form; `null` for anything else. */
export function parseAddress(text: string): Address | null {
  return parseIpv4(text) ?? parseIpv6(text);
}

/** Whether it is an IPv4 address, in whichever spelling it came. */
export function isIpv4(address: Address): boolean {
  return address >> 32n === 0xffffn;
}

/** The address as a URL's host writes it: dotted, or in brackets with the longest run of zeros left out. */
export function addressText(address: Address): string {
  if (isIpv4(address)) {
    return [24n, 16n, 8n, 0n].map((shift) => address >> shift & 0xffn).join(".");
  }
  const parts = Array.from({ length: 8 }, (_, i) => (address >> BigInt(112 - i * 16) & 0xffffn).toString(16));
  let [at, length] = [-1, 1];
  for (let start = 0; start < 8; start++) {
    let end = start;
    while (parts[end] === "0") end++;
    if (end - start > length) [at, length] = [start, end - start];
  }
  if (at < 0) return `[${parts.join(":")}]`;
  return `[${parts.slice(0, at).join(":")}::${parts.slice(at + length).join(":")}]`;
}

/** A range of addresses that share their first `bits` bits of 128. */
export interface Network {
  readonly address: Address;
  readonly bits: number;
}

/** Whether the network holds the address. */
export function holds(network: Network, address: Address): boolean {
  const shift = BigInt(128 - network.bits);
  return network.address >> shift === address >> shift;
}

/** An IPv4 network; `bits` of 32. */
export function ipv4Network(address: Address, bits: number): Network {
  return { address, bits: MAPPED_BITS + bits };
}

/** Networks that are not the public internet, with what they are called in messages. */
interface SpecialNetwork extends Network {
  readonly name: string;
}

/** https://www.iana.org/assignments/iana-ipv4-special-registry and what clouds use for metadata. */
const SPECIAL_V4: readonly SpecialNetwork[] = ([
  ["0.0.0.0/8", "an unspecified address"],
  ["10.0.0.0/8", "a private address"],
  ["100.64.0.0/10", "a shared address"],
  ["127.0.0.0/8", "a loopback address"],
  ["168.63.129.16/32", "a metadata address"],
  ["169.254.0.0/16", "a link-local address"],
  ["172.16.0.0/12", "a private address"],
  ["192.0.0.0/24", "a reserved address"],
  ["192.0.2.0/24", "a documentation address"],
  ["192.88.99.0/24", "a reserved address"],
  ["192.168.0.0/16", "a private address"],
  ["198.18.0.0/15", "a benchmarking address"],
  ["198.51.100.0/24", "a documentation address"],
  ["203.0.113.0/24", "a documentation address"],
  ["224.0.0.0/4", "a multicast address"],
  ["240.0.0.0/4", "a reserved address"],
] as const).map(([text, name]) => special(text, name));

/** https://www.iana.org/assignments/iana-ipv6-special-registry; more particular ones first. */
const SPECIAL_V6: readonly SpecialNetwork[] = ([
  ["::/128", "an unspecified address"],
  ["::1/128", "a loopback address"],
  ["64:ff9b:1::/48", "a private address"],
  ["2001::/23", "a reserved address"],
  ["2001:db8::/32", "a documentation address"],
  ["2002::/16", "a tunnelled address"],
  ["3fff::/20", "a documentation address"],
  ["5f00::/16", "a reserved address"],
  ["fc00::/7", "a private address"],
  ["fe80::/10", "a link-local address"],
  ["fec0::/10", "a private address"],
  ["ff00::/8", "a multicast address"],
] as const).map(([text, name]) => special(text, name));

/** Addresses that a gateway translates to the IPv4 address in their last 32 bits (RFC 6052). */
const TRANSLATED = special("64:ff9b::/96", "a translated address");
const GLOBAL_UNICAST = special("2000::/3", "");

function special(text: string, name: string): SpecialNetwork {
  const [address = "", bits = ""] = text.split("/");
  const v4 = parseIpv4(address);
  if (v4 !== null) return { ...ipv4Network(v4, Number(bits)), name };
  return { address: parseIpv6(address) ?? 0n, bits: Number(bits), name };
}

/** The network that makes the address something else than public; `null` when it is public. */
export function specialNetwork(address: Address): SpecialNetwork | null {
  if (isIpv4(address)) return SPECIAL_V4.find((network) => holds(network, address)) ?? null;
  if (holds(TRANSLATED, address)) {
    const inner = SPECIAL_V4.find((network) => holds(network, MAPPED | address & 0xffff_ffffn));
    return inner ? { ...TRANSLATED, name: inner.name } : null;
  }
  const found = SPECIAL_V6.find((network) => holds(network, address));
  if (found) return found;
  return holds(GLOBAL_UNICAST, address) ? null : { address: 0n, bits: 0, name: "a reserved address" };
}

/** Whether it is this device's own loopback. */
export function isLoopback(address: Address): boolean {
  return specialNetwork(address)?.name === "a loopback address";
}
