/** A name server on loopback, and a resolver that asks only it: names in the tests take the way that names take. */
import dgram from "node:dgram";
import dns from "node:dns";
import type { Lookup } from "../../capabilities/http/connect.ts";

/** A name server; `queries` are the names that it was asked for IPv4 addresses of. */
export interface NameServer extends AsyncDisposable {
  readonly port: number;
  readonly queries: readonly string[];
}

/** Starts a name server that answers every query for IPv4 addresses with `addresses(name, how often it was asked)`. */
export async function serveNames(
  addresses: (name: string, turn: number) => readonly string[],
): Promise<NameServer> {
  const queries: string[] = [];
  const socket = dgram.createSocket("udp4");
  socket.on("message", (query, from) => {
    const { name, end } = questionOf(query);
    const isA = query.readUInt16BE(end - 4) === 1;
    if (isA) queries.push(name);
    const found = isA ? addresses(name, queries.filter((asked) => asked === name).length - 1) : [];
    socket.send(answerTo(query.subarray(0, end), found), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return {
    port: socket.address().port,
    queries,
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => socket.close(resolve));
    },
  };
}

/** RFC 1035 4.1.2: labels, then type and class. */
function questionOf(query: Uint8Array): { name: string; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(new TextDecoder().decode(query.subarray(at + 1, at + 1 + length)));
    at += length + 1;
  }
  return { name: labels.join("."), end: at + 5 };
}

/** RFC 1035 4.1.1 and 4.1.3: the query as an answer, each address with a lifetime of 0 s. */
function answerTo(query: Uint8Array, addresses: readonly string[]): Uint8Array {
  const answer = new Uint8Array(query.length + addresses.length * 16);
  answer.set(query);
  const view = new DataView(answer.buffer);
  view.setUint16(2, 0x8180);
  view.setUint16(6, addresses.length);
  view.setUint32(8, 0);
  addresses.forEach((address, index) => {
    const at = query.length + index * 16;
    answer.set([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split(".").map(Number)], at);
  });
  return answer;
}

/** Resolves names by asking the server, once for each time that a connection is made. */
export function lookupBy(server: NameServer): Lookup {
  const resolver = new dns.Resolver({ timeout: 10_000, tries: 1 });
  resolver.setServers([`127.0.0.1:${server.port}`]);
  return (name, options, callback) => {
    resolver.resolve4(name, (error, found) => {
      const addresses = (found ?? []).map((address) => ({ address, family: 4 }));
      const first = addresses[0];
      if (error || !first) {
        callback(error ?? Object.assign(new Error("no address"), { code: "ENOTFOUND" }), "", 4);
      } else if (options.all) callback(null, addresses);
      else callback(null, first.address, 4);
    });
  };
}
