/** Hosts on the local network find each other: multicast DNS (RFC 6762) with service discovery (RFC 6763). */
import { loadMulticast } from "../management_door.ts";
import type { Neighbour } from "../neighbour.ts";
import {
  interfacesAt,
  isSameNetwork,
  keyOf,
  type NetworkInterface,
  networkInterfaces,
} from "./interfaces.ts";
import { Neighbours } from "./neighbours.ts";
import { type Announced, type DnsRecord, readRecords, recordsOf, SERVICE_TYPE } from "./record.ts";

/** How to take part. */
export interface DiscoveryOptions {
  /** What to say of a host here; nothing when it only listens. */
  readonly announce?: Announced;
  /** IPv4 addresses of network interfaces; by default all interfaces but loopback, also those that come later. */
  readonly interfaces?: readonly string[];
  /** Families to take part in: `ipv4` where the host listens on IPv4 only. */
  readonly family?: "both" | "ipv4";
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
/** Questions come in storms when a network comes up; one answer a second is enough for all. */
const ANSWER_EVERY_MS = 1000;
const ASK_EVERY_MS = 60_000;
/** How soon an interface that came or went is noticed. */
const LOOK_EVERY_MS = 10_000;
const GROUP_IPV6 = "ff02::fb";

/** A network that is taken part on. */
interface Member {
  readonly socket: Socket;
  readonly addresses: readonly string[];
  answeredMs: number;
}

/** Taking part, until it is closed. */
export class Discovery implements AsyncDisposable {
  readonly #members = new Map<string, Member>();
  readonly #heard = new Neighbours();
  readonly #announce: Announced | undefined;
  #timers: ReturnType<typeof setInterval>[] = [];
  #turn: Promise<void> = Promise.resolve();

  private constructor(private readonly options: DiscoveryOptions) {
    this.#announce = options.announce;
  }

  /** Opens a socket for each interface, says that the host is there and asks who else is. */
  static async open(options: DiscoveryOptions = {}): Promise<Discovery> {
    const discovery = new Discovery(options);
    await discovery.look();
    discovery.#timers = [
      setInterval(() => discovery.ask(), ASK_EVERY_MS),
      setInterval(() => void discovery.look(), LOOK_EVERY_MS),
    ];
    // Numbers in Deno, whatever the types of Node say.
    for (const timer of discovery.#timers) Deno.unrefTimer(timer as unknown as number);
    return discovery;
  }

  /** Hosts heard of and not too long ago, this one left out; by name. */
  get neighbours(): readonly Neighbour[] {
    return this.#heard.list();
  }

  /** Asks who is there; answers come within a second. */
  ask(): void {
    for (const { socket } of this.#members.values()) socket.query(SERVICE_TYPE, "PTR");
  }

  /** Joins interfaces that came, leaves those that went; done by itself every ten seconds. */
  look(): Promise<void> {
    return this.#turn = this.#turn.then(async () => {
      const { interfaces, family = "both" } = this.options;
      const there = interfaces ? interfacesAt(interfaces) : networkInterfaces();
      const wanted = new Map(
        there.filter((each) => family === "both" || each.family === "IPv4").map((
          each,
        ) => [keyOf(each), each]),
      );
      const gone = [...this.#members].filter(([key]) => !wanted.has(key));
      await Promise.all(gone.map(([key, { socket }]) => {
        this.#members.delete(key);
        return new Promise<void>((closed) => socket.destroy(closed));
      }));
      const came = [...wanted].filter(([key]) => !this.#members.has(key));
      const joined = await Promise.all(came.map(([key, each]) => this.#join(key, each)));
      for (const member of joined) {
        if (!member) continue;
        this.#answer(member);
        member.socket.query(SERVICE_TYPE, "PTR");
      }
    });
  }

  /** Says goodbye and leaves. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.#turn;
    const host = this.#announce;
    await Promise.all([...this.#members.values()].map(async ({ socket, addresses }) => {
      if (host) await new Promise<void>((sent) => socket.respond(recordsOf(host, addresses, 0), sent));
      await new Promise<void>((closed) => socket.destroy(closed));
    }));
  }

  async #join(
    key: string,
    { name, family, addresses }: NetworkInterface,
  ): Promise<Member | undefined> {
    const port = this.options.port ?? PORT;
    const { default: multicastDns } = await loadMulticast();
    // The library has no types; a socket bound to an interface's own address would hear no multicast.
    const socket: Socket = multicastDns(
      family === "IPv4"
        ? { interface: addresses[0], bind: "0.0.0.0", port }
        : { type: "udp6", ip: GROUP_IPV6, interface: `::%${name}`, bind: "::", port },
    );
    const member: Member = { socket, addresses, answeredMs: 0 };
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
    return await new Promise((resolve) => {
      socket.on("ready", () => {
        this.#members.set(key, member);
        resolve(member);
      });
      // An interface that cannot be used is left out: the others still can.
      socket.on("error", () => resolve(undefined));
    });
  }

  #answer(member: Member): void {
    const nowMs = performance.now();
    const due = member.answeredMs === 0 || nowMs - member.answeredMs >= ANSWER_EVERY_MS;
    if (!this.#announce || !due) return;
    member.answeredMs = nowMs;
    member.socket.respond(recordsOf(this.#announce, member.addresses));
  }

  #hear(records: readonly DnsRecord[], from: string): void {
    const heard = readRecords(records, from, (address) => this.#isOurs(address));
    if (heard && heard.neighbour.id !== this.#announce?.id) this.#heard.hear(heard);
  }

  #isOurs(address: string): boolean {
    return [...this.#members.values()].some(({ addresses }) =>
      addresses.some((own) => isSameNetwork(own, address))
    );
  }
}
