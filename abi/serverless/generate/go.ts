/** The raw layer of the Go SDK. */
import type { MessageParameter, MessageRecord, MessageType } from "../table/record.ts";
import {
  BANNER,
  body,
  camel,
  capital,
  comment,
  ERROR_CODES,
  PREFIX_LITERALS,
  SDK_MESSAGES,
} from "./model.ts";

const TYPES: Readonly<Record<MessageType, string>> = {
  text: "string",
  data: "[]byte",
  value: "msgpack.Value",
  "value?": "*msgpack.Value",
  int: "int64",
  bool: "bool",
  headers: "[]msgpack.Header",
  map: "[]byte",
  fields: "[]byte",
  steps: "[]byte",
  items: "[]byte",
};

const WRITES: Readonly<Record<MessageType, string>> = {
  text: "Text",
  data: "Bin",
  value: "Value",
  "value?": "ValueOrNil",
  int: "Integer",
  bool: "Boolean",
  headers: "Headers",
  map: "Encoded",
  fields: "Encoded",
  steps: "Encoded",
  items: "Encoded",
};

const writeParameter = (parameter: MessageParameter, named: boolean): string[] => [
  ...(named ? [`writer.Text("${parameter.name}")`] : []),
  `writer.${WRITES[parameter.type]}(${parameter.name})`,
];

function message(record: MessageRecord): string {
  const name = capital(camel(record.method));
  const parameters = record.params.map((one) => `${one.name} ${TYPES[one.type]}`).join(", ");
  const lines = body(
    record,
    { begin: () => [`writer := begin("${record.method}")`], parameter: writeParameter },
    (count) => `writer.List(${count})`,
    (count) => `writer.Map(${count})`,
  );
  return [
    `// ${name}: ${comment(record)}`,
    `func ${name}(${parameters}) *msgpack.Writer {`,
    ...lines.map((line) => `\t${line}`),
    "\treturn writer",
    "}",
  ].join("\n");
}

const constant = (code: string) => `Code${code.split("-").map(capital).join("")}`;

/** gofmt aligns the values of a block. */
const CONSTANT_WIDTH = Math.max(...ERROR_CODES.map((code) => constant(code).length));

/** The file `raw/raw.go`. */
export function goRaw(): string {
  return `// ${BANNER}

// Package raw holds the imports, the error codes, and one function for each message.
package raw

import (
	"unsafe"

	"berth/msgpack"
)

//go:wasmimport env mk_module_api_request
func apiRequest(session int32, message unsafe.Pointer, length uint32)

//go:wasmimport env mk_module_get_buffer
func getBuffer(target unsafe.Pointer, reference int64, length uint32)

//go:wasmimport berth call
func call(message unsafe.Pointer, length uint32) uint32

//go:wasmimport berth take
func take(target unsafe.Pointer)

// Post sends a message that nobody answers.
func Post(message *msgpack.Writer) {
	bytes := message.Bytes()
	apiRequest(0, unsafe.Pointer(unsafe.SliceData(bytes)), uint32(len(bytes)))
}

// Ask sends a message and waits for its answer.
func Ask(message *msgpack.Writer) []byte {
	bytes := message.Bytes()
	answer := make([]byte, call(unsafe.Pointer(unsafe.SliceData(bytes)), uint32(len(bytes))))
	take(unsafe.Pointer(unsafe.SliceData(answer)))
	return answer
}

// Event fetches the event that the host announced.
func Event(reference int64, length uint32) []byte {
	bytes := make([]byte, length)
	getBuffer(unsafe.Pointer(unsafe.SliceData(bytes)), reference, length)
	return bytes
}

// The codes that an error may have.
const (
${ERROR_CODES.map((code) => `\t${constant(code).padEnd(CONSTANT_WIDTH)} = "${code}"`).join("\n")}
)

var prefix = []byte{${PREFIX_LITERALS}}

func begin(method string) *msgpack.Writer {
	writer := msgpack.NewWriter()
	writer.Raw(prefix)
	writer.Text(method)
	writer.Text("params")
	return writer
}

${SDK_MESSAGES.map(message).join("\n\n")}
`;
}
