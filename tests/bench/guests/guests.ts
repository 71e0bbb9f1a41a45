/** The hand-written guests of the scenarios: one small module each, without a router, so that the host is measured. */
import { assemble, data, message } from "../../guests/wat.ts";

/** Where a guest puts what it receives. */
const RECEIVED_AT = 65_536;
/** Where fixed messages lie. */
const MESSAGE_AT = 1024;
const SECOND_MESSAGE_AT = 4096;

/** Bytes of the JSON text that is echoed. */
export const ECHO_BYTES = 1024;
/** Bytes of the large body that comes in. */
export const BODY_IN_BYTES = 64 << 10;
/** Bytes of the large body that goes out. */
export const BODY_OUT_BYTES = 1 << 20;
/** Bytes of the file that is read. */
export const FILE_BYTES = 4096;
/** The name of the file that is read, in its mount. */
export const FILE_NAME = "data.txt";

interface Parts {
  readonly fields?: string;
  readonly imports?: string;
  readonly body: string;
  /** Body of the function that takes answers; locals `$session` (i64), `$buffer` (i64), `$length` (i32). */
  readonly response?: string;
  readonly pages: number;
}

function module({ fields = "", imports = "", body, response = "", pages }: Parts): Uint8Array<ArrayBuffer> {
  return assemble(`(module
    (import "env" "mk_module_api_request" (func $request (param i32 i32 i32)))
    (import "env" "mk_module_get_buffer" (func $take (param i32 i64 i32)))
    ${imports}
    (memory (export "memory") ${pages} ${pages})
    ${fields}
    (func (export "mk_module_abi_version_2_0_0"))
    (func (export "mk_module_on_api_response") (param $session i64) (param $buffer i64) (param $length i32) (result i32)
      ${response} (i32.const 0))
    (func (export "mk_module_on_event") (param $event i64) (param $length i32) ${body})
  )`);
}

/** Answers with a fixed text. */
export function helloGuest(answer: string): Uint8Array<ArrayBuffer> {
  const { text, length } = message("response.send", [answer, { statusCode: 200 }]);
  return module({
    pages: 1,
    fields: `(data (i32.const ${MESSAGE_AT}) "${text}")`,
    body: `(call $request (i32.const 0) (i32.const ${MESSAGE_AT}) (i32.const ${length}))`,
  });
}

/** A plain WASI program that prints a fixed answer, as CGI has it. */
export function programGuest(answer: string): Uint8Array<ArrayBuffer> {
  const output = new TextEncoder().encode(`Content-Type: text/plain\n\n${answer}`);
  const vector = new Uint8Array(new Uint32Array([MESSAGE_AT, output.length]).buffer);
  return assemble(`(module
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1 1)
    (data (i32.const 0) "${data(vector)}")
    (data (i32.const ${MESSAGE_AT}) "${data(output)}")
    (func (export "_start")
      (if (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)) (then (unreachable))))
  )`);
}

/** The head of `response.send` up to a text of a known length, as a data segment. */
function sendHead(bodyBytes: number): { readonly text: string; readonly length: number } {
  // A placeholder of the right length makes the encoder write the right head; its bytes are left out.
  const whole = message("response.send", ["x".repeat(bodyBytes), { statusCode: 200 }]);
  const marks = whole.text.split("\\").slice(1);
  const bodyAt = marks.join("").indexOf("78".repeat(Math.min(bodyBytes, 16))) / 2;
  return { text: marks.slice(0, bodyAt).map((mark) => `\\${mark}`).join(""), length: bodyAt };
}

const SEND_TAIL = data(new Uint8Array([0x81, 0xaa, ...new TextEncoder().encode("statusCode"), 0xcc, 200]));
const SEND_TAIL_BYTES = 14;

/** Sends the last {@link ECHO_BYTES} bytes of the event back: the event ends with the request's body. */
export function echoGuest(): Uint8Array<ArrayBuffer> {
  const head = sendHead(ECHO_BYTES);
  const tailAt = SECOND_MESSAGE_AT;
  return module({
    pages: 3,
    fields: `(data (i32.const ${MESSAGE_AT}) "${head.text}") (data (i32.const ${tailAt}) "${SEND_TAIL}")`,
    body: `
      (call $take (i32.const ${RECEIVED_AT}) (local.get $event) (local.get $length))
      (memory.copy (i32.const ${MESSAGE_AT + head.length})
        (i32.sub (i32.add (i32.const ${RECEIVED_AT}) (local.get $length)) (i32.const ${ECHO_BYTES}))
        (i32.const ${ECHO_BYTES}))
      (memory.copy (i32.const ${MESSAGE_AT + head.length + ECHO_BYTES})
        (i32.const ${tailAt}) (i32.const ${SEND_TAIL_BYTES}))
      (call $request (i32.const 0) (i32.const ${MESSAGE_AT})
        (i32.const ${head.length + ECHO_BYTES + SEND_TAIL_BYTES}))`,
  });
}

/** Takes the whole event with its body of {@link BODY_IN_BYTES} into its memory and answers shortly. */
export function bodyInGuest(): Uint8Array<ArrayBuffer> {
  const { text, length } = message("response.send", [String(BODY_IN_BYTES), { statusCode: 200 }]);
  return module({
    pages: 4,
    fields: `(data (i32.const ${MESSAGE_AT}) "${text}")`,
    body: `
      (if (i32.lt_u (local.get $length) (i32.const ${BODY_IN_BYTES})) (then (unreachable)))
      (call $take (i32.const ${RECEIVED_AT}) (local.get $event) (local.get $length))
      (call $request (i32.const 0) (i32.const ${MESSAGE_AT}) (i32.const ${length}))`,
  });
}

/** Answers with {@link BODY_OUT_BYTES} of text that lie in its memory from the start. */
export function bodyOutGuest(): Uint8Array<ArrayBuffer> {
  const head = sendHead(BODY_OUT_BYTES);
  const endAt = MESSAGE_AT + head.length + BODY_OUT_BYTES;
  return module({
    pages: 18,
    fields: `(data (i32.const ${MESSAGE_AT}) "${head.text}") (data (i32.const ${endAt}) "${SEND_TAIL}")
      (func $fill (memory.fill (i32.const ${
      MESSAGE_AT + head.length
    }) (i32.const 120) (i32.const ${BODY_OUT_BYTES})))
      (start $fill)`,
    body: `(call $request (i32.const 0) (i32.const ${MESSAGE_AT})
      (i32.const ${head.length + BODY_OUT_BYTES + SEND_TAIL_BYTES}))`,
  });
}

/** The work of the compute scenario: so many rounds of a xorshift generator. */
export function computeFunction(rounds: number): string {
  return `(func $compute (export "compute") (result i32) (local $left i32) (local $x i32)
      (local.set $left (i32.const ${rounds})) (local.set $x (i32.const 1))
      (loop $again
        (local.set $x (i32.xor (local.get $x) (i32.shl (local.get $x) (i32.const 13))))
        (local.set $x (i32.xor (local.get $x) (i32.shr_u (local.get $x) (i32.const 17))))
        (local.set $x (i32.xor (local.get $x) (i32.shl (local.get $x) (i32.const 5))))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br_if $again (local.get $left)))
      (local.get $x))`;
}

/** Computes, then answers with a fixed text. */
export function computeGuest(rounds: number): Uint8Array<ArrayBuffer> {
  const { text, length } = message("response.send", ["done", { statusCode: 200 }]);
  return module({
    pages: 1,
    fields: `(data (i32.const ${MESSAGE_AT}) "${text}") ${computeFunction(rounds)}`,
    body: `(i32.store (i32.const 0) (call $compute))
      (call $request (i32.const 0) (i32.const ${MESSAGE_AT}) (i32.const ${length}))`,
  });
}

/** Fetches a URL and answers when the answer is there, from the callback. */
export function egressGuest(url: string): Uint8Array<ArrayBuffer> {
  const fetching = message("httpclient.fetch", { url, method: "GET", headers: {}, data: "", mode: "" });
  return answeringLater(fetching);
}

/** Reads a key and answers when the value is there. */
export function storageReadGuest(key: string): Uint8Array<ArrayBuffer> {
  return answeringLater(message("storage.get_item", { key, value: "", tag: "" }));
}

/** What stands in a message for a value that is made of the clock. */
const CLOCK_TEXT = "\u007f".repeat(8);

/**
 * Writes a key and answers when it is written. The value is of the clock, another one each time: SQLite does not
 * write what is there already, and would not wait for the disk.
 */
export function storageWriteGuest(key: string): Uint8Array<ArrayBuffer> {
  const asked = message("storage.set_item", { key, value: CLOCK_TEXT, tag: "" });
  const valueAt = MESSAGE_AT + asked.text.replaceAll("\\", "").indexOf("7f".repeat(8)) / 2;
  return answeringLater(
    asked,
    `(import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))`,
    // The time in nanoseconds; of each byte the lower half, as a digit or one of the six characters after 9.
    `(if (call $clock (i32.const 1) (i64.const 0) (i32.const 0)) (then (unreachable)))
      (i64.store (i32.const ${valueAt}) (i64.or (i64.const 0x3030303030303030)
        (i64.and (i64.const 0x0f0f0f0f0f0f0f0f) (i64.load (i32.const 0)))))`,
  );
}

function answeringLater(
  asked: { readonly text: string; readonly length: number },
  imports = "",
  before = "",
): Uint8Array<ArrayBuffer> {
  const answer = message("response.send", ["ok", { statusCode: 200 }]);
  return module({
    pages: 3,
    imports,
    fields: `(data (i32.const ${MESSAGE_AT}) "${asked.text}")
      (data (i32.const ${SECOND_MESSAGE_AT}) "${answer.text}")`,
    body: `${before} (call $request (i32.const 1) (i32.const ${MESSAGE_AT}) (i32.const ${asked.length}))`,
    response: `(call $take (i32.const ${RECEIVED_AT}) (local.get $buffer) (local.get $length))
      (call $request (i32.const 0) (i32.const ${SECOND_MESSAGE_AT}) (i32.const ${answer.length}))`,
  });
}

/** Opens {@link FILE_NAME} in its first mount through WASI, reads it, closes it, and answers with its bytes. */
export function fileGuest(): Uint8Array<ArrayBuffer> {
  const head = sendHead(FILE_BYTES);
  const sendAt = 8192, contentAt = sendAt + head.length, tailAt = contentAt + FILE_BYTES;
  const wasi = (name: string, params: string) =>
    `(import "wasi_snapshot_preview1" "${name}" (func $${name} (param ${params}) (result i32)))`;
  const must = (call: string) => `(if ${call} (then (unreachable)))`;
  return module({
    pages: 1,
    imports: [
      wasi("path_open", "i32 i32 i32 i32 i32 i64 i64 i32 i32"),
      wasi("fd_read", "i32 i32 i32 i32"),
      wasi("fd_close", "i32"),
    ].join("\n"),
    fields: `(data (i32.const 64) "${FILE_NAME}")
      (data (i32.const ${sendAt}) "${head.text}") (data (i32.const ${tailAt}) "${SEND_TAIL}")`,
    body: `(local $fd i32)
      ${
      must(`(call $path_open (i32.const 3) (i32.const 1) (i32.const 64) (i32.const ${FILE_NAME.length})
          (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 0))`)
    }
      (local.set $fd (i32.load (i32.const 0)))
      (i32.store (i32.const 8) (i32.const ${contentAt})) (i32.store (i32.const 12) (i32.const ${FILE_BYTES}))
      ${must("(call $fd_read (local.get $fd) (i32.const 8) (i32.const 1) (i32.const 16))")}
      (if (i32.ne (i32.load (i32.const 16)) (i32.const ${FILE_BYTES})) (then (unreachable)))
      ${must("(call $fd_close (local.get $fd))")}
      (call $request (i32.const 0) (i32.const ${sendAt})
        (i32.const ${head.length + FILE_BYTES + SEND_TAIL_BYTES}))`,
  });
}

/** Answers "ok" and carries so much code that the module has about `bytes`: what a real service's size costs. */
export function paddedGuest(bytes: number): Uint8Array<ArrayBuffer> {
  const { text, length } = message("response.send", ["ok", { statusCode: 200 }]);
  // Measured: one such function takes about 108 bytes in the binary, its name included.
  const count = Math.round(bytes / 108);
  const functions = Array.from({ length: count }, (_, index) => paddingFunction(index)).join("\n");
  return module({
    pages: 2,
    fields: `(data (i32.const ${MESSAGE_AT}) "${text}") ${functions}
      (table funcref (elem ${Array.from({ length: count }, (_, index) => `$f${index}`).join(" ")}))`,
    body: `(call $request (i32.const 0) (i32.const ${MESSAGE_AT}) (i32.const ${length}))`,
  });
}

function paddingFunction(index: number): string {
  const call = index === 0
    ? "(local.get $x)"
    : `(call $f${(index * 7919) % index} (local.get $x) (i32.const ${index}))`;
  return `(func $f${index} (param $x i32) (param $y i32) (result i32) (local $z i32)
    (loop $again
      (local.set $z (i32.add (i32.mul (local.get $x) (i32.const ${index * 31 + 7})) (local.get $z)))
      (i32.store offset=16384 (i32.and (local.get $z) (i32.const 0xffc)) (i32.xor (local.get $y) (local.get $z)))
      (local.set $y (i32.sub (local.get $y) (i32.const 1)))
      (br_if $again (i32.gt_s (local.get $y) (i32.const ${index % 1000}))))
    (if (result i32) (i32.eq (local.get $z) (i32.const ${
    index * 977
  })) (then ${call}) (else (local.get $z))))`;
}
