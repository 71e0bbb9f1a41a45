/** Guests written in WebAssembly text: the smallest programs that show one behaviour each. */
import { encode } from "@msgpack/msgpack";
import wabt from "wabt";

const tools = await wabt();

/** Assembles WebAssembly text. */
export function assemble(text: string, name = "guest.wat"): Uint8Array<ArrayBuffer> {
  // What V8 ships and wabt knows; the package's types do not name every feature.
  const features = {
    exceptions: true,
    tail_call: true,
    memory64: true,
    multi_memory: true,
    threads: true,
    bulk_memory: true,
    reference_types: true,
    simd: true,
    multi_value: true,
  };
  const parsed = tools.parseWat(name, text, features);
  try {
    const { buffer } = parsed.toBinary({ write_debug_names: true });
    return new Uint8Array(buffer);
  } finally {
    parsed.destroy();
  }
}

/** Bytes as a string of a data segment. */
export function data(bytes: Uint8Array): string {
  return [...bytes].map((byte) => `\\${byte.toString(16).padStart(2, "0")}`).join("");
}

/** A message of the serverless ABI 2.0 as a data segment's string, and its length. */
export function message(method: string, params: unknown): { readonly text: string; readonly length: number } {
  const bytes = encode({ jsonrpc: "2.0", id: 1, method, params });
  return { text: data(bytes), length: bytes.length };
}

/** What a handler module is made of. */
export interface Handler {
  /** Functions, globals, tables … beside those that every handler has. */
  readonly fields?: string;
  /** The body of the event handler; locals `$event` (i64) and `$length` (i32), and `$send` for the answer. */
  readonly body?: string;
  /** The body of the handler of answers to messages, before its result 0. */
  readonly onResponse?: string;
  /** Text of the answer. */
  readonly answer?: string;
  readonly status?: number;
  /** Pages of memory at the start, and at most. */
  readonly pages?: readonly [number, number];
  /** Imports beside the ABI's, before everything else. */
  readonly imports?: string;
}

/** Where a handler's answer lies in its memory. */
export const ANSWER_AT = 1024;

/**
 * A module of the serverless ABI 2.0: on each event runs `body`, which by default sends the answer.
 * `(call $send)` sends it; memory from 8192 on is free.
 */
export function handler(
  {
    fields = "",
    body = "(call $send)",
    answer = "ok",
    status = 200,
    pages = [2, 2],
    imports = "",
    onResponse = "",
  }: Handler = {},
): Uint8Array<ArrayBuffer> {
  const { text, length } = message("response.send", [answer, { statusCode: status }]);
  return assemble(`(module
    (import "env" "mk_module_api_request" (func $request (param i32 i32 i32)))
    (import "env" "mk_module_get_buffer" (func $take (param i32 i64 i32)))
    ${imports}
    (memory (export "memory") ${pages[0]} ${pages[1]})
    (data (i32.const ${ANSWER_AT}) "${text}")
    (func $send (call $request (i32.const 0) (i32.const ${ANSWER_AT}) (i32.const ${length})))
    ${fields}
    (func (export "mk_module_abi_version_2_0_0"))
    (func (export "mk_module_on_api_response") (param i64 i64 i32) (result i32) ${onResponse} (i32.const 0))
    (func (export "mk_module_on_event") (param $event i64) (param $length i32) ${body})
  )`);
}

/**
 * A handler that answers with a number of two digits: what the expression (an i32) gives.
 * Used for the error codes of host functions.
 */
export function reporter(expression: string, parts: Handler = {}): Uint8Array<ArrayBuffer> {
  const placeholder = "##";
  const bytes = encode({
    jsonrpc: "2.0",
    id: 1,
    method: "response.send",
    params: [placeholder, { statusCode: 200 }],
  });
  const at = ANSWER_AT + bytes.findIndex((byte, index) => byte === 0x23 && bytes[index + 1] === 0x23);
  return handler({
    ...parts,
    answer: placeholder,
    fields: `${parts.fields ?? ""}
      (func $report (param $n i32)
        (i32.store8 (i32.const ${at}) (i32.add (i32.const 48) (i32.div_u (local.get $n) (i32.const 10))))
        (i32.store8 (i32.const ${at + 1}) (i32.add (i32.const 48) (i32.rem_u (local.get $n) (i32.const 10))))
        (call $send))`,
    body: `(call $report ${expression})`,
  });
}

/** A guest that calls a URL (GET, with these headers) and answers `called` when the call has ended. */
export function caller(url: string, headers: Readonly<Record<string, string>> = {}): Uint8Array<ArrayBuffer> {
  const { text, length } = message("httpclient.fetch", { url, method: "GET", headers, data: "", mode: "" });
  const at = 8192;
  return handler({
    answer: "called",
    fields: `(data (i32.const ${at}) "${text}")`,
    body: `(call $request (i32.const 1) (i32.const ${at}) (i32.const ${length}))`,
    onResponse: "(call $send)",
  });
}
