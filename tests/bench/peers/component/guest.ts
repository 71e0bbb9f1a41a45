/**
 * The guests of the peers that take components only: hand-written as Berth's, against wasi:http 0.2, with the same
 * answers. What a function of the interface looks like in wasm is given by the component model's canonical ABI.
 */
import { assemble, data } from "../../../guests/wat.ts";
import { BODY_OUT_BYTES, computeFunction } from "../../guests/guests.ts";
import type { RunSetting, Work } from "../../subjects/subject.ts";

/** The works that need nothing of the host but an answer. */
export const COMPONENT_WORKS: readonly Work[] = ["hello", "compute", "body-out"];

/** Where results of host functions are written, and where the body lies. */
const RESULT_AT = 0, BODY_AT = 1024;
/** More than this a host may refuse to take at once. */
const PIECE_BYTES = 4096;

const TYPES = "wasi:http/types@0.2.0", STREAMS = "wasi:io/streams@0.2.0";

interface Answer {
  readonly body: string;
  /** How often it is sent. */
  readonly times: number;
  readonly before?: string;
  readonly functions?: string;
}

function answerOf(work: Work, { computeRounds }: RunSetting): Answer {
  switch (work) {
    case "hello":
      return { body: "hello", times: 1 };
    case "compute":
      return {
        body: "done",
        times: 1,
        functions: computeFunction(computeRounds),
        before: "(drop (call $compute))",
      };
    case "body-out":
      return { body: "x".repeat(PIECE_BYTES), times: BODY_OUT_BYTES / PIECE_BYTES };
    default:
      throw new Error(`there is no component for ${work}`);
  }
}

/** The core module of a work; the interface is put around it by `build.mjs`. */
export function componentCore(work: Work, setting: RunSetting): Uint8Array<ArrayBuffer> {
  const { body, times, before = "", functions = "" } = answerOf(work, setting);
  return assemble(`(module
    (import "${TYPES}" "[constructor]fields" (func $fields (result i32)))
    (import "${TYPES}" "[constructor]outgoing-response" (func $response (param i32) (result i32)))
    (import "${TYPES}" "[method]outgoing-response.body" (func $body (param i32 i32)))
    (import "${TYPES}" "[static]response-outparam.set"
      (func $set (param i32 i32 i32 i32 i64 i32 i32 i32 i32)))
    (import "${TYPES}" "[method]outgoing-body.write" (func $write (param i32 i32)))
    (import "${TYPES}" "[static]outgoing-body.finish" (func $finish (param i32 i32 i32 i32)))
    (import "${STREAMS}" "[method]output-stream.blocking-write-and-flush" (func $send (param i32 i32 i32 i32)))
    (import "${STREAMS}" "[resource-drop]output-stream" (func $drop (param i32)))
    (memory (export "memory") 1)
    (data (i32.const ${BODY_AT}) "${data(new TextEncoder().encode(body))}")
    (global $free (mut i32) (i32.const 32768))
    ${functions}
    ;; Only errors with a text need it, and there are none.
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
      (global.get $free)
      (global.set $free
        (i32.add (global.get $free) (i32.and (i32.add (local.get 3) (i32.const 7)) (i32.const -8)))))
    (func (export "wasi:http/incoming-handler@0.2.0#handle") (param $request i32) (param $out i32)
      (local $made i32) (local $outgoing i32) (local $stream i32) (local $left i32)
      ${before}
      (local.set $made (call $response (call $fields)))
      (call $body (local.get $made) (i32.const ${RESULT_AT}))
      (local.set $outgoing (i32.load (i32.const ${RESULT_AT + 4})))
      ;; The answer's result is "ok" with the response; the rest is room for an error.
      (call $set (local.get $out) (i32.const 0) (local.get $made) (i32.const 0) (i64.const 0) (i32.const 0)
        (i32.const 0) (i32.const 0) (i32.const 0))
      (call $write (local.get $outgoing) (i32.const ${RESULT_AT}))
      (local.set $stream (i32.load (i32.const ${RESULT_AT + 4})))
      (local.set $left (i32.const ${times}))
      (loop $again
        (call $send (local.get $stream) (i32.const ${BODY_AT}) (i32.const ${body.length}) (i32.const ${RESULT_AT}))
        (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
      (call $drop (local.get $stream))
      (call $finish (local.get $outgoing) (i32.const 0) (i32.const 0) (i32.const ${RESULT_AT}))))`);
}
