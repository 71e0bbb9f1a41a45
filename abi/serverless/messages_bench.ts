/** What a message of the ABI costs against the same as JSON: `deno task micro`. */
import { limitDefaults } from "../../capabilities/limit.ts";
import { CAPABILITY_LIMITS } from "../../capabilities/limits.ts";
import { bench, type MicroGroup } from "../../tests/bench/micro/ratios.ts";
import { ABI_LIMITS } from "../limits.ts";
import { joinPieces } from "../pieces.ts";
import { EventMaker } from "./event.ts";
import { Reader } from "./msgpack/reader.ts";
import { encode } from "./msgpack/writer.ts";
import { decodeParameters } from "./params.ts";
import { MESSAGES } from "./table/messages.ts";

const SERVICE = {
  id: "api-svc",
  name: "svc",
  version: "1.0.0",
  clientId: "api",
  basePath: "/api/svc/v1",
  nodeId: "0123456789abcdef",
  accountId: "",
  httpPort: 8083,
};
const HEADERS = { host: "127.0.0.1:8083", accept: "*/*", "user-agent": "bench" };
const PARAMS = ["hello", { statusCode: 200, headers: { "content-type": "text/plain" } }];

function answer(): MicroGroup {
  const limits = { ...limitDefaults(CAPABILITY_LIMITS), ...limitDefaults(ABI_LIMITS) };
  const record = MESSAGES.find(({ method }) => method === "response.send");
  if (!record) throw new Error("the table has no response.send");
  const text = JSON.stringify(PARAMS), bytes = encode(PARAMS);
  const reader = new Reader(limits.messageDepthMaxCount);
  return {
    name: "response.send",
    reference: bench("JSON.parse", () => void JSON.parse(text)),
    benches: [bench("decoded and checked", () => {
      decodeParameters(reader.open(bytes, 0, bytes.length), record, limits);
    })],
  };
}

function event(): MicroGroup {
  const head = encode(["/items/17?name=value", "GET", HEADERS]);
  const maker = new EventMaker(SERVICE, {}, true);
  const body = new Uint8Array(0);
  const request = { url: "/items/17?name=value", method: "GET", headers: HEADERS, jsonBody: "" };
  const context = { info: SERVICE, env: {} };
  const encoder = new TextEncoder();
  return {
    name: "the event of a request",
    reference: bench("JSON.stringify, encoded", () => {
      encoder.encode(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "x", params: { context, request } }));
    }),
    benches: [
      bench("as pieces", () => void maker.make(head, body, false)),
      bench("joined", () => void joinPieces(maker.make(head, body, false))),
    ],
  };
}

/** See {@link MicroGroup}. */
export function groups(): MicroGroup[] {
  return [answer(), event()];
}
