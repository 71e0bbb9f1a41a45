/** The messages of mimik's serverless ABI, 1.0.0 and 2.0.x. Final: facts restated, never edited. */
import type { MessageParameter, MessageRecord, MessageResult } from "./record.ts";

const KEY: { readonly name: "key"; readonly type: "text" } & MessageParameter = {
  name: "key",
  type: "text",
  min: 1,
  max: "storageKeyMaxBytes",
  meaning: "the entry's key",
};

const VALUE: { readonly name: "value"; readonly type: "value" } & MessageParameter = {
  name: "value",
  type: "value",
  max: "storageValueMaxBytes",
  meaning: "what to keep",
};

const TAG: { readonly name: "tag"; readonly type: "text" } & MessageParameter = {
  name: "tag",
  type: "text",
  default: "",
  max: "storageKeyMaxBytes",
  meaning: "a label to find entries by; empty for none",
};

/** mimik's one form of an answer. */
const CALLBACK = [
  { name: "status", type: "int", meaning: "a status as in HTTP, or the kind of callback" },
  { name: "headers", type: "map", meaning: "named texts that belong to it" },
  { name: "data", type: "value", meaning: "the value; empty when there is none" },
] as const satisfies readonly MessageResult[];

const STORAGE_ERRORS = {
  denied: "the storage capability is not granted",
  "too-large": "the key or the value is longer than its limit",
  quota: "the service's storage is full",
  io: "the storage file cannot be read or written",
};

const EDGE_ERRORS = { notsup: "needs mimik's account cloud, which Berth does not stand in for" };

/** The table. */
export const MIMIK_MESSAGES = [
  {
    method: "response.send",
    since: "1.0.0",
    summary: "Sends the whole answer to the request.",
    capability: null,
    needsRequest: true,
    shape: "list",
    params: [
      { name: "data", type: "data", max: "messageMaxBytes", meaning: "the body" },
      { name: "statusCode", type: "int", default: 200, min: 200, max: 599, meaning: "the status" },
      {
        name: "fileMimeType",
        type: "text",
        default: "",
        max: 256,
        meaning: "content-type; empty: guessed from the body",
      },
      {
        name: "filePath",
        type: "text",
        default: "",
        max: "pathMaxBytes",
        meaning: "a guest path: that file is the body (files capability)",
      },
      { name: "headers", type: "headers", default: [], max: 1000, meaning: "further headers (berth 1)" },
    ],
    answer: "none",
    result: [],
    errors: {
      closed: "the answer was sent already",
      denied: "filePath is given and lies in no granted mount",
      noent: "filePath names no file",
    },
  },
  {
    method: "httpclient.fetch",
    since: "1.0.0",
    summary: "Sends an outbound request; answered later from the event loop.",
    capability: "http",
    needsRequest: true,
    shape: "map",
    params: [
      { name: "url", type: "text", min: 1, max: 8192, meaning: "an absolute http or https URL" },
      { name: "method", type: "text", default: "GET", max: 32, meaning: "the method; empty for GET" },
      { name: "headers", type: "headers", default: [], max: 1000, meaning: "the request's headers" },
      {
        name: "data",
        type: "data",
        default: new Uint8Array(0),
        max: "egressRequestMaxBytes",
        meaning: "the body; not sent with GET and HEAD when empty",
      },
      { name: "mode", type: "text", default: "", max: 64, meaning: "ignored" },
    ],
    answer: "once",
    result: CALLBACK,
    errors: {
      denied: "the http capability is not granted, or does not allow this URL",
      unreachable: "the other side cannot be reached or broke off",
      timeout: "no complete answer within egressMaxMs",
      "too-large": "the body or the answer is longer than its limit",
      busy: "too many requests or calls under way",
      aborted: "the client of the request under way has left, or its time is up",
      http: "the answer's status is 400 or more: `oncallback.error_with_data`, with the answer in `data`",
    },
  },
  {
    method: "storage.get_item",
    since: "1.0.0",
    summary: "Reads a value. A missing key gives status 404 and empty data.",
    capability: "storage",
    needsRequest: false,
    shape: "map",
    params: [KEY],
    answer: "once",
    result: CALLBACK,
    errors: STORAGE_ERRORS,
  },
  {
    method: "storage.set_item",
    since: "1.0.0",
    summary: "Writes a value; durable when answered.",
    capability: "storage",
    needsRequest: false,
    shape: "map",
    params: [KEY, VALUE],
    answer: "once",
    result: CALLBACK,
    errors: STORAGE_ERRORS,
  },
  {
    method: "storage.set_item_with_tag",
    since: "1.0.0",
    summary: "Writes a value with a tag.",
    capability: "storage",
    needsRequest: false,
    shape: "map",
    params: [KEY, VALUE, TAG],
    answer: "once",
    result: CALLBACK,
    errors: STORAGE_ERRORS,
  },
  {
    method: "storage.remove_item",
    since: "1.0.0",
    summary: "Removes an entry; no error when there is none.",
    capability: "storage",
    needsRequest: false,
    shape: "map",
    params: [KEY],
    answer: "once",
    result: CALLBACK,
    errors: STORAGE_ERRORS,
  },
  {
    method: "storage.each_item",
    since: "1.0.0",
    summary:
      "Gives every entry, a callback each, as the single pair in `headers`; a non-zero return value stops it.",
    capability: "storage",
    needsRequest: false,
    shape: "map",
    params: [TAG],
    answer: "many",
    result: CALLBACK,
    errors: STORAGE_ERRORS,
  },
  {
    method: "request.handle_form_upload",
    since: "1.0.0",
    summary:
      "Takes the request's multipart form apart: callbacks 101 (file part), 102 (value), 103 (stored).",
    capability: null,
    needsRequest: true,
    shape: "nil",
    params: [],
    answer: "many",
    result: CALLBACK,
    errors: {
      invalid: "the request is no well-formed multipart form",
      denied: "a file is to be stored in no granted mount, or in a read-only one",
      "too-large": "a part's head, a value or the number of parts is past its limit",
      nospc: "the mount is full",
      aborted: "the client left, or the guest returned 200",
    },
  },
  {
    method: "edge.decrypt",
    since: "1.0.0",
    summary: "Decrypts for mimik's clusters. Answered with an error.",
    capability: null,
    needsRequest: false,
    shape: "map",
    params: [
      { name: "type", type: "text", default: "", max: 64, meaning: "local, account or proximity" },
      {
        name: "data",
        type: "data",
        default: new Uint8Array(0),
        max: "messageMaxBytes",
        meaning: "what to decrypt",
      },
      { name: "token", type: "text", default: "", max: 65_536, meaning: "an edge access token" },
    ],
    answer: "once",
    result: CALLBACK,
    errors: EDGE_ERRORS,
  },
  {
    method: "edge.request_bep",
    since: "1.0.0",
    summary: "Asks for a bootstrap endpoint. Answered with an error.",
    capability: null,
    needsRequest: false,
    shape: "map",
    params: [{
      name: "code",
      type: "text",
      default: "",
      max: 65_536,
      meaning: "a code from getEdgeHmacCode",
    }],
    answer: "once",
    result: CALLBACK,
    errors: EDGE_ERRORS,
  },
  {
    method: "websocket_broker.publish",
    since: "2.0.1",
    summary: "Sends a message to every WebSocket client of the service.",
    capability: "websocket",
    needsRequest: false,
    shape: "pair",
    params: [
      { name: "type", type: "text", max: 256, meaning: "the kind of message" },
      { name: "message", type: "data", max: "messageMaxBytes", meaning: "the message" },
    ],
    answer: "none",
    result: [],
    errors: { denied: "the websocket capability is not granted" },
  },
] as const satisfies readonly MessageRecord[];
