/**
 * The event that tells a guest of a request, spliced from ranges of bytes: what never changes is encoded once
 * for an instance, the head comes encoded from the server, the body goes through untouched.
 */
import type { RequestEvent, ServiceFacts } from "../abi.ts";
import type { Pieces } from "./buffers.ts";
import { Writer } from "./msgpack/writer.ts";
import { joinPieces } from "../pieces.ts";
import { Reader } from "./msgpack/reader.ts";

/** The method name of the event of a request. */
export const REQUEST_EVENT = "http.request";

/** What `context.info` tells a guest of its service and device. */
export function serviceInfo(service: ServiceFacts): Record<string, string> {
  return {
    serviceType: service.id,
    apiRoot: service.basePath,
    httpPort: String(service.httpPort),
    accountId: service.accountId,
    nodeId: service.nodeId,
    serviceName: service.name,
    serviceVersion: service.version,
    clientId: service.clientId,
  };
}

/** Makes the events of one instance. */
export class EventMaker {
  readonly #prefix: Uint8Array;
  readonly #methodKey = key("method");
  readonly #headersKey = key("headers");
  readonly #bodyKeys: readonly [ended: Uint8Array, more: Uint8Array];
  readonly #reader = new Reader(4);
  readonly #bodyHead: Uint8Array;

  /**
   * @param env the configuration, as far as the guest may see it
   * @param binary whether the body goes as `bin`, with `more` before it (Berth's guests), or as text
   */
  constructor(
    private readonly service: ServiceFacts,
    private readonly env: Readonly<Record<string, string>>,
    private readonly binary: boolean,
  ) {
    this.#prefix = this.#prefixOf(REQUEST_EVENT);
    const bodyKey = (more: boolean) =>
      joinPieces((binary ? new Writer().text("more").bool(more) : new Writer()).text("jsonBody").pieces());
    this.#bodyKeys = [bodyKey(false), bodyKey(true)];
    this.#bodyHead = Uint8Array.of(binary ? 0xc6 : 0xdb, 0, 0, 0, 0);
  }

  #prefixOf(event: string): Uint8Array {
    const { service, env, binary } = this;
    const writer = new Writer().map(4).text("jsonrpc").text("2.0").text("id").number(1);
    writer.text("method").text(event).text("params").map(2);
    writer.text("context").map(2).text("info").any(serviceInfo(service)).text("env").any(env);
    writer.text("request").map(binary ? 5 : 4).text("url");
    return joinPieces(writer.pieces());
  }

  /**
   * The event's pieces; views of `head` and `body`, so they hold only as long as those do.
   * @param head MessagePack of `[url, method, headers]`, made by the server
   * @param event what happened on a WebSocket connection; a request of HTTP when absent
   */
  make(head: Uint8Array, body: Uint8Array, more: boolean, event?: RequestEvent): Pieces {
    const reader = this.#reader.open(head, 0, head.length);
    reader.list();
    const url = reader.at;
    reader.range();
    const method = reader.at;
    reader.range();
    const headers = reader.at;
    const bodyHead = this.#bodyHead;
    const length = body.length;
    bodyHead[1] = length >>> 24;
    bodyHead[2] = length >>> 16;
    bodyHead[3] = length >>> 8;
    bodyHead[4] = length;
    return [
      event === undefined ? this.#prefix : this.#prefixOf(event),
      head.subarray(url, method),
      this.#methodKey,
      head.subarray(method, headers),
      this.#headersKey,
      head.subarray(headers),
      this.#bodyKeys[more ? 1 : 0],
      bodyHead,
      body,
    ];
  }
}

function key(name: string): Uint8Array {
  return joinPieces(new Writer().text(name).pieces());
}

/** A header's value from an encoded head, by lower-case name; "" when absent. */
export function headHeader(head: Uint8Array, name: string): string {
  const reader = new Reader(4).open(head, 0, head.length);
  reader.list();
  reader.skip();
  reader.skip();
  for (let left = reader.map(); left > 0; left--) {
    if (reader.text().toLowerCase() === name) return reader.text();
    reader.skip();
  }
  return "";
}
