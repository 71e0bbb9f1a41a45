/**
 * A guest that does what its clients say: the body of an event holds a message of the ABI and, in its last four bytes,
 * how long that is; the guest sends it with `berth.call` and answers with the host's answer. Whatever else comes it
 * shows to all its WebSocket clients, as the bytes of the event, and answers "ok".
 */
import { decode, encode } from "@msgpack/msgpack";
import { assemble, data, message } from "../guests/wat.ts";

const EVENT_AT = 1 << 20;
const REPLY_AT = 4 << 20;

/** A message whose last member is a `bin`, up to its length: those four bytes are the guest's to fill in. */
function open(method: string, params: (last: Uint8Array) => unknown): { text: string; length: number } {
  const bytes = encode({ jsonrpc: "2.0", id: 1, method, params: params(new Uint8Array(1)) });
  const at = bytes.length - 3; // bin 8, length 1, the byte
  const head = new Uint8Array(at + 5);
  head.set(bytes.subarray(0, at));
  head[at] = 0xc6; // bin 32
  return { text: data(head), length: head.length };
}

/**
 * The module.
 * @param hears whether it says that it speaks Berth's additions: then it hears of WebSockets, and of long bodies only
 * the beginning
 */
export function puppet(hears = false): Uint8Array<ArrayBuffer> {
  const send = open("response.send", (last) => [last]);
  const show = open("websocket.publish", (last) => ({ path: "", data: last }));
  const ok = message("response.send", ["ok"]);
  const putBe = (at: string, value: string) =>
    [24, 16, 8, 0].map((shift, index) =>
      `(i32.store8 (i32.add ${at} (i32.const ${index})) (i32.shr_u ${value} (i32.const ${shift})))`
    ).join("\n");
  return assemble(`(module
    (import "env" "mk_module_api_request" (func $request (param i32 i32 i32)))
    (import "env" "mk_module_get_buffer" (func $get (param i32 i64 i32)))
    (import "berth" "call" (func $call (param i32 i32) (result i32)))
    (import "berth" "take" (func $take (param i32)))
    (memory (export "memory") 256 256)
    (data (i32.const 1024) "${ok.text}")
    (data (i32.const 2048) "${show.text}")
    (data (i32.const ${REPLY_AT}) "${send.text}")
    ${hears ? '(func (export "berth_abi_1"))' : ""}
    (func (export "mk_module_abi_version_2_0_0"))
    (func (export "mk_module_on_api_response") (param i64 i64 i32) (result i32) (i32.const 0))
    (func $show (param $length i32)
      (memory.copy (i32.const ${EVENT_AT - show.length}) (i32.const 2048) (i32.const ${show.length}))
      ${putBe(`(i32.const ${EVENT_AT - 4})`, "(local.get $length)")}
      (drop (call $call (i32.const ${EVENT_AT - show.length})
        (i32.add (local.get $length) (i32.const ${show.length})))))
    (func $obey (param $at i32) (param $length i32) (local $reply i32)
      (local.set $reply (call $call (local.get $at) (local.get $length)))
      (call $take (i32.const ${REPLY_AT + send.length}))
      ${putBe(`(i32.const ${REPLY_AT + send.length - 4})`, "(local.get $reply)")}
      (call $request (i32.const 0) (i32.const ${REPLY_AT})
        (i32.add (local.get $reply) (i32.const ${send.length}))))
    (func (export "mk_module_on_event") (param $event i64) (param $length i32) (local $end i32) (local $n i32)
      (call $get (i32.const ${EVENT_AT}) (local.get $event) (local.get $length))
      (local.set $end (i32.add (i32.const ${EVENT_AT - 4}) (local.get $length)))
      (local.set $n (i32.load (local.get $end)))
      (if (i32.and (i32.gt_u (local.get $n) (i32.const 0)) (i32.lt_u (local.get $n) (local.get $length)))
        (then (call $obey (i32.sub (local.get $end) (local.get $n)) (local.get $n)))
        (else
          (call $show (local.get $length))
          (call $request (i32.const 0) (i32.const 1024) (i32.const ${ok.length}))))))`);
}

/** What a puppet is to send, as the body of its event. */
export function order(method: string, params: unknown): Uint8Array<ArrayBuffer> {
  const bytes = encode({ jsonrpc: "2.0", id: 1, method, params });
  const body = new Uint8Array(bytes.length + 4);
  body.set(bytes);
  new DataView(body.buffer).setUint32(bytes.length, bytes.length, true);
  return body;
}

/** What the host said to a puppet: the result, or the error. */
export interface Said {
  readonly data?: Record<string, unknown>;
  readonly error?: { readonly code: string; readonly message: string };
}

/** Reads a puppet's answer. */
export function said(bytes: Uint8Array): Said {
  return (decode(bytes) as { params: Said }).params;
}
