/** The raw layer of the AssemblyScript SDK. */
import type { MessageParameter, MessageRecord, MessageType } from "../table/record.ts";
import { BANNER, body, camel, comment, ERROR_CODES, PREFIX_LITERALS, SDK_MESSAGES } from "./model.ts";

const TYPES: Readonly<Record<MessageType, string>> = {
  text: "string",
  data: "Uint8Array",
  value: "Value",
  "value?": "Value | null",
  int: "i64",
  bool: "bool",
  headers: "Headers",
  map: "Writer | null",
  fields: "Writer | null",
  steps: "Writer | null",
  items: "Writer | null",
};

const WRITES: Readonly<Record<MessageType, string>> = {
  text: "text",
  data: "bin",
  value: "value",
  "value?": "valueOrNil",
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
  `writer.${WRITES[parameter.type]}(${parameter.name});`,
];

function message(record: MessageRecord): string {
  const parameters = record.params.map((one) => `${one.name}: ${TYPES[one.type]}`).join(", ");
  const lines = body(
    record,
    { begin: () => [`const writer = begin("${record.method}");`], parameter: writeParameter },
    (count) => `writer.list(${count});`,
    (count) => `writer.map(${count});`,
  );
  return [
    `/** ${comment(record)} */`,
    `export function ${camel(record.method)}(${parameters}): Writer {`,
    ...lines.map((line) => `  ${line}`),
    "  return writer;",
    "}",
  ].join("\n");
}

/** The file `berth/raw.ts`. */
export function assemblyscriptRaw(): string {
  return `// ${BANNER}
import { Headers, Value, Writer } from "./msgpack";

// @ts-ignore: decorator
/** Sends a message. */
@external("env", "mk_module_api_request")
export declare function apiRequest(session: i32, message: usize, length: i32): void;
// @ts-ignore: decorator
/** Copies a host buffer into memory. */
@external("env", "mk_module_get_buffer")
export declare function getBuffer(target: usize, reference: i64, length: i32): void;
// @ts-ignore: decorator
/** Sends a message, waits, and gives the length of its answer. */
@external("berth", "call")
export declare function hostCall(message: usize, length: i32): i32;
// @ts-ignore: decorator
/** Copies that answer into memory. */
@external("berth", "take")
export declare function hostTake(target: usize): void;

/** The codes that an error may have; compare \`code\` with them. */
export namespace Code {
${
    ERROR_CODES.map((code) =>
      `  export const ${code.toUpperCase().replaceAll("-", "_")}: string = "${code}";`
    ).join("\n")
  }
}

const PREFIX: StaticArray<u8> = [${PREFIX_LITERALS}];

function begin(method: string): Writer {
  const writer = new Writer();
  writer.raw(changetype<usize>(PREFIX), PREFIX.length);
  writer.text(method);
  writer.text("params");
  return writer;
}

${SDK_MESSAGES.map(message).join("\n\n")}
`;
}
