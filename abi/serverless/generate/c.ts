/** The raw layer of the C SDK. */
import type { MessageParameter, MessageRecord, MessageType } from "../table/record.ts";
import { BANNER, body, comment, PREFIX_LITERALS, SDK_MESSAGES, snake, snakeName } from "./model.ts";

const TYPES: Readonly<Record<MessageType, string>> = {
  text: "berth_text",
  data: "berth_text",
  value: "berth_value",
  "value?": "const berth_value*",
  int: "int64_t",
  bool: "bool",
  headers: "const berth_headers*",
  map: "const berth_writer*",
  fields: "const berth_writer*",
  steps: "const berth_writer*",
  items: "const berth_writer*",
};

const WRITES: Readonly<Record<MessageType, string>> = {
  text: "berth_write_text",
  data: "berth_write_bin",
  value: "berth_write_value",
  "value?": "berth_write_value_or_nil",
  int: "berth_write_integer",
  bool: "berth_write_bool",
  headers: "berth_write_headers",
  map: "berth_write_encoded",
  fields: "berth_write_encoded",
  steps: "berth_write_encoded",
  items: "berth_write_encoded",
};

const writeParameter = (parameter: MessageParameter, named: boolean): string[] => [
  ...(named ? [`berth_write_text(writer, BERTH_TEXT("${parameter.name}"));`] : []),
  `${WRITES[parameter.type]}(writer, ${snakeName(parameter.name)});`,
];

function message(record: MessageRecord): string {
  const parameters = record.params.map((one) => `, ${TYPES[one.type]} ${snakeName(one.name)}`).join("");
  const lines = body(
    record,
    {
      begin: () => [`berth_raw_begin(writer, BERTH_TEXT("${record.method}"));`],
      parameter: writeParameter,
    },
    (count) => `berth_write_list(writer, ${count});`,
    (count) => `berth_write_map(writer, ${count});`,
  );
  return [
    `/* ${comment(record)} */`,
    `static inline void berth_raw_${snake(record.method)}(berth_writer* writer${parameters}) {`,
    ...lines.map((line) => `  ${line}`),
    "}",
  ].join("\n");
}

/** The file `berth/raw.h`. */
export function cRaw(): string {
  return `/* ${BANNER} */
#ifndef BERTH_RAW_H
#define BERTH_RAW_H

#include "msgpack.h"

__attribute__((import_module("env"), import_name("mk_module_api_request"))) void berth_raw_api_request(
    int32_t session, const void* message, uint32_t length);
__attribute__((import_module("env"), import_name("mk_module_get_buffer"))) void berth_raw_get_buffer(
    void* target, int64_t reference, uint32_t length);
__attribute__((import_module("berth"), import_name("call"))) uint32_t berth_raw_call(const void* message,
                                                                                 uint32_t length);
__attribute__((import_module("berth"), import_name("take"))) void berth_raw_take(void* target);

/* Begins a message; its parameters follow. */
static inline void berth_raw_begin(berth_writer* writer, berth_text method) {
  static const unsigned char prefix[] = {${PREFIX_LITERALS}};
  berth_write_raw(writer, (berth_text){(const char*)prefix, sizeof prefix});
  berth_write_text(writer, method);
  berth_write_text(writer, BERTH_TEXT("params"));
}

${SDK_MESSAGES.map(message).join("\n\n")}

#endif
`;
}
