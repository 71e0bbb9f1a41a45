/** Hosts on the local network find each other: multicast DNS (RFC 6762) with service discovery (RFC 6763). */
import multicastDns from "multicast-dns";
import type { Neighbour } from "../neighbour.ts";
import { type Announced, type DnsRecord, readRecords, recordsOf, SERVICE_TYPE } from "./record.ts";

/** How to take part. */
export interface DiscoveryOptions {
  /** What to say of a host here; nothing when it only listens. */
  readonly announce?: Announced;
  /** IPv4 addresses of the network interfaces; by default all but loopback. */
  readonly interfaces?: readonly string[];
  /** The UDP port; 5353 but in tests. */
  readonly port?: number;
}

/** The library's socket, as far as it is used. */
interface Socket {
  on(event: "query", listener: (packet: { questions: DnsRecord[] }) => void): void;
  on(
    event: "response",
    listener: (packet: { answers: DnsRecord[]; additionals: DnsRecord[] }, from: { address: string }) => void,
  ): void;
  on(event: "error" | "warning" | "ready", listener: (error: Error) => void): void;
  query(name: string, type: string): void;
  respond(answers: readonly DnsRecord[], done?: () => void): void;
  destroy(done: () => void): void;
}

const PORT = 5353;
const NEIGHBOURS_MAX_COUNT = 256;
/** Questions come in storms when a network comes up; one answer a second is enough for all. */
const ANSWER_EVERY_MS = 1000;
const ASK_EVERY_MS = 60_000;

/** Taking part, until it is closed. */
export class Discovery implements AsyncDisposable {
  readonly #sockets: { readonly socket: Socket; readonly address: string; answeredMs: number }[] = [];
  readonly #known = new Map<string, { readonly neighbour: Neighbour; readonly untilMs: number }>();
  readonly #announce: Announced | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  private constructor(options: DiscoveryOptions) {
    this.#announce = options.announce;
  }

  /** Opens a socket for each interface, says that the host is there and asks who else is. */
  static async open(options: DiscoveryOptions = {}): Promise<Discovery> {
    const discovery = new Discovery(options);
    const addresses = options.interfaces ?? networkAddresses();
    await Promise.all(addresses.map((address) => discovery.#join(address, options.port ?? PORT)));
    discovery.#say();
    discovery.ask();
    discovery.#timer = setInterval(() => discovery.ask(), ASK_EVERY_MS);
    Deno.unrefTimer(discovery.#timer as unknown as number); // a number in Deno, whatever the types of Node say
    return discovery;
  }

  /** Hosts heard of and not too long ago, this one left out; by name. */
  get neighbours(): readonly Neighbour[] {
    const nowMs = Date.now();
    for (const [id, { untilMs }] of this.#known) if (untilMs <= nowMs) this.#known.delete(id);
    return [...this.#known.values()].map(({ neighbour }) => neighbour)
      .sort((a, b) => a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1);
  }

  /** Asks who is there; answers come within a second. */
  ask(): void {
    for (const { socket } of this.#sockets) socket.query(SERVICE_TYPE, "PTR");
  }

  /** Says goodbye and leaves. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    const host = this.#announce;
    await Promise.all(this.#sockets.map(async ({ socket, address }) => {
      if (host) await new Promise<void>((sent) => socket.respond(recordsOf(host, [address], 0), sent));
      await new Promise<void>((closed) => socket.destroy(closed));
    }));
  }

  #join(address: string, port: number): Promise<void> {
    // The library has no types; a socket bound to an interface's own address would hear no multicast.
    const socket: Socket = multicastDns({ interface: address, bind: "0.0.0.0", port });
    const member = { socket, address, answeredMs: 0 };
    socket.on("query", ({ questions }) => {
      if (questions.some(({ name, type }) => name === SERVICE_TYPE && (type === "PTR" || type === "ANY"))) {
        this.#answer(member);
      }
    });
    socket.on(
      "response",
      ({ answers, additionals }, from) => this.#hear([...answers, ...additionals], from.address),
    );
    socket.on("warning", () => {}); // packets that are none
    return new Promise((resolve) => {
      socket.on("ready", () => {
        this.#sockets.push(member);
        resolve();
      });
      // An interface that cannot be used is left out: the others still can.
      socket.on("error", () => resolve());
    });
  }

  #say(): void {
    for (const member of this.#sockets) this.#answer(member);
  }

  #answer(member: { readonly socket: Socket; readonly address: string; answeredMs: number }): void {
    const nowMs = Date.now();
    if (!this.#announce || nowMs - member.answeredMs < ANSWER_EVERY_MS) return;
    member.answeredMs = nowMs;
    member.socket.respond(recordsOf(this.#announce, [member.address]));
  }

  #hear(records: readonly DnsRecord[], from: string): void {
    const heard = readRecords(records, from);
    if (!heard || heard.neighbour.id === this.#announce?.id) return;
    const { neighbour, ttlS } = heard;
    if (ttlS === 0) this.#known.delete(neighbour.id);
    else if (this.#known.has(neighbour.id) || this.#known.size < NEIGHBOURS_MAX_COUNT) {
      this.#known.set(neighbour.id, { neighbour, untilMs: Date.now() + ttlS * 1000 });
    }
  }
}

/** IPv4 addresses of this machine on networks. */
export function networkAddresses(): string[] {
  return Deno.networkInterfaces()
    .filter(({ family, address }) => family === "IPv4" && !address.startsWith("127."))
    .map(({ address }) => address);
}
