/** The machine's ways to its networks: what discovery joins, and what of it may be told. */

/** One interface in one family. */
export interface NetworkInterface {
  /** As the system names it: `eth0`. */
  readonly name: string;
  readonly family: "IPv4" | "IPv6";
  /** What others reach it by: its IPv4 address, or its IPv6 addresses that are valid beyond the link. */
  readonly addresses: readonly string[];
}

const ADDRESSES_MAX_COUNT = 8;

/** The interfaces that are up, loopback left out. */
export function networkInterfaces(): NetworkInterface[] {
  const found = new Map<string, NetworkInterface & { addresses: string[] }>();
  for (const { name, family, address } of Deno.networkInterfaces()) {
    if (address.startsWith("127.") || address === "::1") continue;
    // Every IPv4 address has a socket of its own; IPv6 joins an interface by name.
    const key = family === "IPv4" ? address : name;
    const entry = found.get(key) ?? { name, family, addresses: [] };
    found.set(key, entry);
    if (!isLinkLocal(address) && entry.addresses.length < ADDRESSES_MAX_COUNT) entry.addresses.push(address);
  }
  return [...found.values()].filter(({ family, addresses }) => family === "IPv6" || addresses.length > 0);
}

/** Interfaces given by their IPv4 addresses. */
export function interfacesAt(addresses: readonly string[]): NetworkInterface[] {
  return addresses.map((address) => ({ name: address, family: "IPv4", addresses: [address] }));
}

/** What makes an interface another one. */
export function keyOf({ name, family, addresses }: NetworkInterface): string {
  return `${family} ${name} ${addresses.join(" ")}`;
}

/** Addresses that are valid on one link only: a URL cannot say on which. */
export function isLinkLocal(address: string): boolean {
  return /^fe[89ab][0-9a-f]:/i.test(address) || address.startsWith("169.254.");
}

/** Whether two IPv6 addresses are on one network, as far as their first 64 bits say. */
export function isSameNetwork(one: string, other: string): boolean {
  const [a, b] = [networkOf(one), networkOf(other)];
  return a !== "" && a === b;
}

/** The first 64 bits; nothing for what is no IPv6 address. */
function networkOf(address: string): string {
  // The URL parser writes every address in one way, the longest run of zeros as `::`.
  const written = URL.parse(`http://[${address}]/`)?.hostname.slice(1, -1) ?? "";
  if (written === "") return "";
  const [head = "", tail] = written.split("::");
  const groups = (text: string) => text === "" ? [] : text.split(":");
  const [front, back] = [groups(head), groups(tail ?? "")];
  const zeros = tail === undefined ? 0 : 8 - front.length - back.length;
  return [...front, ...Array<string>(zeros).fill("0"), ...back].slice(0, 4).join(":");
}
