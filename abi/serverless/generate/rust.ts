/** The raw layer of the Rust SDK. */
import type { MessageParameter, MessageRecord, MessageType } from "../table/record.ts";
import {
  BANNER,
  body,
  capital,
  comment,
  ERROR_CODES,
  PREFIX,
  PREFIX_LITERALS,
  SDK_MESSAGES,
  snake,
  snakeName,
} from "./model.ts";

const TYPES: Readonly<Record<MessageType, string>> = {
  text: "&str",
  data: "&[u8]",
  value: "Value",
  "value?": "Option<Value>",
  int: "i64",
  bool: "bool",
  headers: "&[(String, String)]",
  map: "&[u8]",
  fields: "&[u8]",
  steps: "&[u8]",
  items: "&[u8]",
};

const WRITES: Readonly<Record<MessageType, string>> = {
  text: "text",
  data: "bin",
  value: "value",
  "value?": "value_or_nil",
  int: "integer",
  bool: "boolean",
  headers: "headers",
  map: "encoded",
  fields: "encoded",
  steps: "encoded",
  items: "encoded",
};

const writeParameter = (parameter: MessageParameter, named: boolean): string[] => [
  ...(named ? [`writer.text("${parameter.name}");`] : []),
  `writer.${WRITES[parameter.type]}(${snakeName(parameter.name)});`,
];

function message(record: MessageRecord): string {
  const parameters = record.params.map((one) => `${snakeName(one.name)}: ${TYPES[one.type]}`).join(", ");
  const lines = body(
    record,
    { begin: () => [`let mut writer = begin("${record.method}");`], parameter: writeParameter },
    (count) => `writer.list(${count});`,
    (count) => `writer.map(${count});`,
  );
  return [
    `/// ${comment(record)}`,
    `pub fn ${snake(record.method)}(${parameters}) -> Writer {`,
    ...lines.map((line) => `    ${line}`),
    "    writer",
    "}",
  ].join("\n");
}

const variant = (code: string) => code.split("-").map(capital).join("");

/** The file `src/raw.rs`. */
export function rustRaw(): string {
  return `// ${BANNER}
//! Imports, error codes, and one function for each message.
use crate::msgpack::{Value, Writer};

#[link(wasm_import_module = "env")]
extern "C" {
    fn mk_module_api_request(session: i32, message: *const u8, length: u32);
    fn mk_module_get_buffer(target: *mut u8, reference: i64, length: u32);
}

#[link(wasm_import_module = "berth")]
extern "C" {
    fn call(message: *const u8, length: u32) -> u32;
    fn take(target: *mut u8);
}

/// Sends a message that nobody answers.
pub fn post(message: &Writer) {
    let bytes = message.bytes();
    // SAFETY: the host reads \`len\` bytes that live until it returns.
    unsafe { mk_module_api_request(0, bytes.as_ptr(), bytes.len() as u32) }
}

/// Sends a message and waits for its answer.
pub fn ask(message: &Writer) -> Vec<u8> {
    let bytes = message.bytes();
    // SAFETY: the host reads the message, and writes the length that it gave into a buffer of that size.
    unsafe {
        let length = call(bytes.as_ptr(), bytes.len() as u32) as usize;
        let mut answer = Vec::with_capacity(length);
        take(answer.as_mut_ptr());
        answer.set_len(length);
        answer
    }
}

/// Fetches the event that the host announced.
pub fn event(reference: i64, length: u32) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length as usize);
    // SAFETY: the host writes \`length\` bytes into a buffer of that size.
    unsafe {
        mk_module_get_buffer(bytes.as_mut_ptr(), reference, length);
        bytes.set_len(length as usize);
    }
    bytes
}

/// What went wrong; the text that comes with it says more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
${ERROR_CODES.map((code) => `    ${variant(code)},`).join("\n")}
    Other,
}

/// The code of an error's name.
pub fn code_of(name: &str) -> Code {
    match name {
${ERROR_CODES.map((code) => `        "${code}" => Code::${variant(code)},`).join("\n")}
        _ => Code::Other,
    }
}

const PREFIX: [u8; ${PREFIX.length}] = [${PREFIX_LITERALS}];

fn begin(method: &str) -> Writer {
    let mut writer = Writer::new();
    writer.raw(&PREFIX);
    writer.text(method);
    writer.text("params");
    writer
}

${SDK_MESSAGES.map(message).join("\n\n")}
`;
}
