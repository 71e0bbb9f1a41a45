/** The imports of the serverless ABI, one record each. */
import type { HostFunction, HostParameter } from "../abi.ts";

const SESSION: HostParameter = { name: "session", type: "i32", kind: "session" };
const POINTER: HostParameter = { name: "ptr", type: "i32", kind: "ptr" };
const LENGTH: HostParameter = { name: "len", type: "i32", kind: "len" };
const BUFFER: HostParameter = { name: "bufRef", type: "i64", kind: "buffer" };

const FAULT = { trap: "the pointer and length lie outside the guest's memory" };

/** The records, in the order of SPEC.md. */
export const SERVERLESS_FUNCTIONS: readonly HostFunction[] = [
  {
    module: "env",
    name: "mk_module_api_request",
    parameters: [SESSION, POINTER, LENGTH],
    results: [],
    earlierForms: [["i32", "i32"]],
    capability: null,
    suspends: false,
    summary: "Sends the message at ptr. In version 1.0.0 it is (ptr, len): no session, JSON text.",
    errors: { ...FAULT, "oncallback.error": "anything else, when session is not 0" },
  },
  {
    module: "env",
    name: "mk_module_get_buffer",
    parameters: [POINTER, BUFFER, LENGTH],
    results: [],
    capability: null,
    suspends: false,
    summary: "Copies the first len bytes of the host's buffer to ptr; fewer when it is shorter.",
    errors: {
      trap: "the buffer is unknown or no longer held, or ptr and len lie outside the guest's memory",
    },
  },
  {
    module: "env",
    name: "mk_module_set_buffer",
    parameters: [BUFFER, POINTER, LENGTH],
    results: [],
    capability: null,
    suspends: false,
    summary: "Writes len bytes at ptr into the host's buffer: the target path of a form upload.",
    errors: { trap: "the buffer is unknown, not writable or shorter than len, or memory is missed" },
  },
  {
    module: "berth",
    name: "call",
    parameters: [POINTER, LENGTH],
    results: ["i32"],
    capability: null,
    suspends: true,
    summary: "Sends the message at ptr, waits for its answer and gives the answer's length.",
    errors: { ...FAULT, "oncallback.error": "anything else, as the answer" },
  },
  {
    module: "berth",
    name: "take",
    parameters: [POINTER],
    results: [],
    capability: null,
    suspends: false,
    summary: "Copies the answer of the last call to ptr, once.",
    errors: { trap: "there is no answer to take, or it does not fit into the guest's memory at ptr" },
  },
];
