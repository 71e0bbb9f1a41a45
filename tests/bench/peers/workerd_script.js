// The smallest worker that gives a guest of the serverless ABI 2.0 what the scenarios need.

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** MessagePack of texts, small maps and lists, as far as the guests' messages go. */
function decode(bytes, at = { i: 0 }) {
  const head = bytes[at.i++];
  const text = (length) => decoder.decode(bytes.subarray(at.i, at.i += length));
  const number = (size) => {
    let value = 0;
    for (let n = 0; n < size; n++) value = value * 256 + bytes[at.i++];
    return value;
  };
  const map = (count) => {
    const value = {};
    for (; count > 0; count--) value[decode(bytes, at)] = decode(bytes, at);
    return value;
  };
  if (head < 0x80) return head;
  if (head < 0x90) return map(head & 0x0f);
  if (head < 0xa0) return Array.from({ length: head & 0x0f }, () => decode(bytes, at));
  if (head < 0xc0) return text(head & 0x1f);
  if (head === 0xcc || head === 0xcd || head === 0xce) return number(1 << (head - 0xcc));
  if (head === 0xd9 || head === 0xda || head === 0xdb) return text(number(1 << (head - 0xd9)));
  throw new Error(`unexpected MessagePack head ${head}`);
}

const pair = (key, value) => [text(key), value];
function text(value) {
  const bytes = encoder.encode(value);
  return [
    Uint8Array.of(0xdb, bytes.length >>> 24, bytes.length >>> 16, bytes.length >>> 8, bytes.length),
    bytes,
  ];
}
const map = (
  entries,
) => [Uint8Array.of(0xdf, 0, 0, entries.length >>> 8, entries.length), ...entries.flat(3)];

function join(pieces) {
  const flat = pieces.flat(4);
  const whole = new Uint8Array(flat.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of flat) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

const envelope = (method, params) =>
  join(map([
    pair("jsonrpc", text("2.0")),
    pair("id", [Uint8Array.of(1)]),
    pair("method", text(method)),
    pair("params", params),
  ]));

const empty = map([]);
const context = pair("context", map([pair("info", empty), pair("env", empty)]));

function event(request, body) {
  const url = new URL(request.url);
  const headers = map([...request.headers].map(([name, value]) => pair(name, text(value))));
  return envelope(
    "http.request",
    map([
      context,
      pair(
        "request",
        map([
          pair("url", text(url.pathname + url.search)),
          pair("method", text(request.method)),
          pair("headers", headers),
          pair("jsonBody", text(body)),
        ]),
      ),
    ]),
  );
}

/** One instance; `turn` is the request that it works on. */
class Guest {
  constructor(module) {
    this.buffers = new Map();
    const { exports } = this.instance = new WebAssembly.Instance(module, {
      env: {
        mk_module_api_request: (session, pointer, length) => this.request(session, pointer, length),
        mk_module_get_buffer: (pointer, reference, length) =>
          new Uint8Array(exports.memory.buffer, pointer, length).set(this.buffers.get(reference)),
        mk_module_set_buffer: () => {},
      },
    });
    this.exports = exports;
    (exports._initialize ?? exports._start)?.();
  }

  give(bytes, call) {
    this.buffers.set(1n, bytes);
    call(1n, bytes.length);
    this.buffers.clear();
  }

  request(session, pointer, length) {
    const { method, params } = decode(new Uint8Array(this.exports.memory.buffer, pointer, length));
    const { turn } = this;
    if (method === "response.send") {
      turn.resolve(new Response(params[0], { status: params[1]?.statusCode ?? 200 }));
    } else if (method === "httpclient.fetch") {
      fetch(params.url, { method: params.method }).then(async (answer) => {
        const data = map([
          pair("status", [Uint8Array.of(0xcd, 0, answer.status)]),
          pair("headers", empty),
          pair("data", text(await answer.text())),
        ]);
        this.turn = turn;
        this.give(
          envelope("oncallback.success", map([pair("data", data)])),
          (reference, bytes) => this.exports.mk_module_on_api_response(BigInt(session), reference, bytes),
        );
      }, turn.reject);
    } else turn.reject(new Error(method));
  }
}

/** The worker for a module, with a new instance for each request or one for all. */
export function worker(module, fresh) {
  let shared = null;
  return {
    async fetch(request) {
      const body = request.body ? await request.text() : "";
      const guest = fresh ? new Guest(module) : shared ??= new Guest(module);
      const turn = guest.turn = Promise.withResolvers();
      guest.give(event(request, body), guest.exports.mk_module_on_event);
      return turn.promise;
    },
  };
}
