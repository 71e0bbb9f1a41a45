/** What the tests of outbound HTTP share: real servers on loopback, and requests through the capability. */
import http, { type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import https from "node:https";
import type { OpenContext } from "../capability.ts";
import { CapabilityError, type CapabilityErrorCode } from "../error.ts";
import { limitDefaults } from "../limit.ts";
import { CAPABILITY_LIMITS, type CapabilityLimits } from "../limits.ts";
import type { Lookup } from "./connect.ts";
import type { EgressRequest, EgressResponse, Http } from "./http.ts";
import { openHttp } from "./open.ts";
import { TEST_CERTIFICATE, TEST_KEY } from "./testing_tls.ts";

/** A context with the default limits, some of them changed. */
export function httpContext(limits: Partial<CapabilityLimits> = {}, selfOrigin?: string): OpenContext {
  return {
    place: {
      privateFolder: "/nowhere",
      storageFile: "/nowhere/storage.db",
      assetsFolder: null,
      ...(selfOrigin === undefined ? {} : { selfOrigin }),
    },
    limits: { ...limitDefaults(CAPABILITY_LIMITS), ...limits },
    config: {},
    log: () => {},
  };
}

/** A server on loopback that counts its connections. */
export interface TestServer extends AsyncDisposable {
  readonly port: number;
  readonly connections: () => number;
  /** Connections that are open now. */
  readonly open: () => number;
  readonly requests: () => number;
}

/** Starts a server of Node's, plain or with the test certificate. */
export async function serveTest(
  listener: (request: IncomingMessage, answer: ServerResponse) => void,
  secure = false,
): Promise<TestServer> {
  let [connections, requests, open] = [0, 0, 0];
  const counting: RequestListener = (request, answer) => {
    requests++;
    listener(request, answer);
  };
  const server = secure
    ? https.createServer({ cert: TEST_CERTIFICATE, key: TEST_KEY }, counting)
    : http.createServer(counting);
  server.on(secure ? "secureConnection" : "connection", (socket) => {
    connections++;
    open++;
    socket.on("close", () => open--);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    connections: () => connections,
    open: () => open,
    requests: () => requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A server that sends each connection exactly these bytes, after it has read something, and then closes or not. */
export function serveRaw(answer: string | Uint8Array, after: "close" | "keep"): TestServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  let connections = 0;
  const bytes = typeof answer === "string" ? new TextEncoder().encode(answer) : answer;
  const talk = async (conn: Deno.Conn) => {
    await conn.read(new Uint8Array(64 << 10));
    for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
    if (after === "close") conn.close();
  };
  (async () => {
    for await (const conn of listener) {
      connections++;
      open.add(conn);
      talk(conn).catch(() => {});
    }
  })().catch(() => {});
  return {
    port: listener.addr.port,
    connections: () => connections,
    open: () => open.size,
    requests: () => connections,
    [Symbol.asyncDispose]() {
      listener.close();
      for (const conn of open) {
        try {
          conn.close();
        } catch {
          // closed by the test
        }
      }
      return Promise.resolve();
    },
  };
}

/** A lookup that answers from a table, and counts; a list is answered whole. */
export function tableLookup(
  table: (name: string) => readonly string[],
): Lookup & { readonly calls: string[] } {
  const calls: string[] = [];
  const lookup: Lookup = (name, options, callback) => {
    calls.push(name);
    const found = table(name).map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
    queueMicrotask(() => {
      const first = found[0];
      if (!first) return callback(Object.assign(new Error("not found"), { code: "ENOTFOUND" }), "", 4);
      if (options.all) callback(null, found);
      else callback(null, first.address, first.family);
    });
  };
  return Object.assign(lookup, { calls });
}

/** An open capability that is closed at the end of the test. */
export function openTest(
  allow: readonly string[],
  options: {
    readonly limits?: Partial<CapabilityLimits>;
    readonly lookup?: Lookup;
    readonly selfOrigin?: string;
  } = {},
): Http & Disposable {
  const client = openHttp(
    { allow, authorities: [TEST_CERTIFICATE] },
    httpContext(options.limits, options.selfOrigin),
    options.lookup ? { lookup: options.lookup } : {},
  );
  return Object.assign(client, { [Symbol.dispose]: () => client.close() });
}

/** A GET of `url`, or what `parts` say. */
export function requestTo(url: string, parts: Partial<EgressRequest> = {}): EgressRequest {
  return { method: "GET", url, headers: [], body: null, signal: new AbortController().signal, ...parts };
}

/** The text of an answer. */
export async function textOf(answer: EgressResponse): Promise<string> {
  return new TextDecoder().decode(await answer.bytes());
}

/** The call must fail with this code; gives the error. */
export async function refuses(
  code: CapabilityErrorCode,
  call: () => Promise<unknown>,
): Promise<CapabilityError> {
  try {
    await call();
  } catch (error) {
    if (error instanceof CapabilityError && error.code === code) return error;
    throw new Error(`expected ${code}, got ${error}`);
  }
  throw new Error(`expected ${code}, and nothing failed`);
}

/** A listener that answers with what it got, as JSON, and two cookies. */
export function echoRequest(request: IncomingMessage, answer: ServerResponse): void {
  const chunks: string[] = [];
  request.setEncoding("utf8").on("data", (chunk: string) => chunks.push(chunk));
  request.on("end", () => {
    answer.setHeader("set-cookie", ["a=1", "b=2"]);
    const { method, url, headers } = request;
    answer.end(JSON.stringify({ method, url, headers, body: chunks.join("") }));
  });
}
