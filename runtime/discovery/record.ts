/** Announcements as DNS-SD records (RFC 6763): made of a host, and read with bounds, since anyone may send them. */
import { Buffer } from "node:buffer";
import type { Neighbour } from "../neighbour.ts";
import { isLinkLocal } from "./interfaces.ts";

/** The kind of service, below which every host has a name of its own. */
export const SERVICE_TYPE = "_berth._tcp.local";

/** What a host says of itself. */
export interface Announced {
  /** Its node id. */
  readonly id: string;
  /** The machine's name. */
  readonly name: string;
  /** Berth's version. */
  readonly version: string;
  /** Where it listens, at every address of the interfaces that discovery takes part on. */
  readonly port: number;
  /** Whether with https. */
  readonly secure: boolean;
}

/** A DNS record, as the packet library has it: `data` depends on the type. */
export interface DnsRecord {
  readonly name: string;
  readonly type: string;
  readonly ttl?: number;
  readonly data?: unknown;
}

/** How long others may remember a host (s); it says that it is still there when it is asked. */
const TTL_S = 120;
const TXT_MAX_COUNT = 16;
/** An honest answer has four records and a few addresses. */
const RECORDS_MAX_COUNT = 64;

/**
 * The records of a host: that there is an instance, where it is, what it is, and the machine's addresses.
 * @param ttl 0 says goodbye (RFC 6762, 10.1)
 */
export function recordsOf(host: Announced, addresses: readonly string[], ttl = TTL_S): DnsRecord[] {
  const instance = `berth-${host.id}.${SERVICE_TYPE}`;
  const target = `berth-${host.id}.local`;
  const txt = [
    `id=${host.id}`,
    `name=${host.name.slice(0, 63)}`,
    `version=${host.version}`,
    `scheme=${host.secure ? "https" : "http"}`,
  ];
  return [
    { name: SERVICE_TYPE, type: "PTR", ttl, data: instance },
    { name: instance, type: "SRV", ttl, data: { priority: 0, weight: 0, port: host.port, target } },
    { name: instance, type: "TXT", ttl, data: txt },
    ...addresses.map((data) => ({ name: target, type: data.includes(":") ? "AAAA" : "A", ttl, data })),
  ];
}

/** What came of an answer. */
export interface Heard {
  readonly neighbour: Neighbour;
  /** 0 when it said goodbye. */
  readonly ttlS: number;
}

/**
 * Reads an answer. A host is reached at the address that its announcement came from, so no one can point us elsewhere.
 * Only where that is an IPv6 address of the link, which no URL can name, one that the host says is taken, if it
 * belongs to a network of ours.
 *
 * @param isOurs whether an IPv6 address is on one of our networks
 * @returns nothing for an answer that is not of a host, or not as it should be
 */
export function readRecords(
  records: readonly DnsRecord[],
  from: string,
  isOurs: (address: string) => boolean = () => false,
): Heard | undefined {
  const few = records.slice(0, RECORDS_MAX_COUNT);
  const ours = (type: string) =>
    few.find((record) => record.type === type && record.name.endsWith(`.${SERVICE_TYPE}`));
  const srv = ours("SRV"), txt = ours("TXT");
  const address = addressOf(few, from, isOurs);
  if (srv === undefined || txt === undefined || address === undefined) return undefined;
  const words = wordsOf(txt.data);
  const port = portOf(srv.data);
  const id = words.get("id") ?? "", version = words.get("version") ?? "";
  const scheme = words.get("scheme") === "https" ? "https" : "http";
  if (port === undefined || !/^[\w.-]{1,64}$/.test(id) || !/^[\w.+-]{1,32}$/.test(version)) return undefined;
  // A name goes to terminals and pages: letters, digits and what host names have, nothing that controls either.
  const name = (words.get("name") ?? "").replace(/[^\p{L}\p{N} ._-]/gu, "").slice(0, 63);
  const ttlS = Math.min(TTL_S, Math.max(0, srv.ttl ?? 0));
  const host = address.includes(":") ? `[${address}]` : address;
  return { neighbour: { id, name, version, origin: `${scheme}://${host}:${port}` }, ttlS };
}

/** Where the host is reached; nothing where it cannot be. */
function addressOf(
  records: readonly DnsRecord[],
  from: string,
  isOurs: (address: string) => boolean,
): string | undefined {
  const plain = from.replace(/^::ffff:(?=\d+\.)/i, ""); // IPv4 through a socket of both families
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(plain)) return plain;
  if (!isIpv6(plain)) return undefined;
  if (!isLinkLocal(plain)) return plain;
  const told = records.find(({ type, data }) =>
    type === "AAAA" && typeof data === "string" && isIpv6(data) && isOurs(data)
  );
  return told && String(told.data);
}

function isIpv6(text: string): boolean {
  return /^[0-9a-f:]{2,39}$/i.test(text) && URL.canParse(`http://[${text}]/`);
}

function wordsOf(data: unknown): Map<string, string> {
  const list = Array.isArray(data) ? data : [data];
  const words = new Map<string, string>();
  for (const word of list.slice(0, TXT_MAX_COUNT)) {
    const text = word instanceof Uint8Array ? Buffer.from(word).toString("utf8") : String(word);
    const at = text.indexOf("=");
    if (at > 0 && text.length <= 255) words.set(text.slice(0, at).toLowerCase(), text.slice(at + 1));
  }
  return words;
}

function portOf(data: unknown): number | undefined {
  if (typeof data !== "object" || data === null || !("port" in data)) return undefined;
  const { port } = data;
  return typeof port === "number" && Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
}
