/** The raw layer of the C++ SDK. */
import type { MessageParameter, MessageRecord, MessageType } from "../table/record.ts";
import {
  BANNER,
  body,
  comment,
  ERROR_CODES,
  PREFIX_LITERALS,
  SDK_MESSAGES,
  snake,
  snakeName,
} from "./model.ts";

const TYPES: Readonly<Record<MessageType, string>> = {
  text: "std::string_view",
  data: "std::string_view",
  value: "const Value&",
  "value?": "const Value*",
  int: "int64_t",
  bool: "bool",
  headers: "const Headers&",
  map: "const Encoded&",
  fields: "const Encoded&",
  steps: "const Encoded&",
  items: "const Encoded&",
};

const WRITES: Readonly<Record<MessageType, (name: string) => string>> = {
  text: (name) => `writer.text(${name});`,
  data: (name) => `writer.bin(${name});`,
  value: (name) => `write(writer, ${name});`,
  "value?": (name) => `if (${name}) write(writer, *${name}); else writer.nil();`,
  int: (name) => `writer.integer(${name});`,
  bool: (name) => `writer.boolean(${name});`,
  headers: (name) => `write(writer, ${name});`,
  map: (name) => `write(writer, ${name});`,
  fields: (name) => `write(writer, ${name});`,
  steps: (name) => `write(writer, ${name});`,
  items: (name) => `write(writer, ${name});`,
};

const writeParameter = (parameter: MessageParameter, named: boolean): string[] => [
  ...(named ? [`writer.text("${parameter.name}");`] : []),
  WRITES[parameter.type](snakeName(parameter.name)),
];

function message(record: MessageRecord): string {
  const parameters = record.params.map((one) => `, ${TYPES[one.type]} ${snakeName(one.name)}`).join("");
  const lines = body(
    record,
    { begin: () => [`begin(writer, "${record.method}");`], parameter: writeParameter },
    (count) => `writer.list(${count});`,
    (count) => `writer.map(${count});`,
  );
  return [
    `/// ${comment(record)}`,
    `inline void ${snake(record.method)}(Writer& writer${parameters}) {`,
    ...lines.map((line) => `  ${line}`),
    "}",
  ].join("\n");
}

const codeName = (code: string) => code.replaceAll("-", "_");

/** The file `berth/raw.hpp`. */
export function cppRaw(): string {
  return `// ${BANNER}
#pragma once

#include <cstdint>
#include <string_view>

#include "msgpack.hpp"

namespace berth {

/// What went wrong; the text that comes with it says more.
enum class Code : uint8_t {
  none,
${ERROR_CODES.map((code) => `  ${codeName(code)},`).join("\n")}
  other,
};

namespace raw {

__attribute__((import_module("env"), import_name("mk_module_api_request"))) void api_request(
    int32_t session, const void* message, uint32_t length);
__attribute__((import_module("env"), import_name("mk_module_get_buffer"))) void get_buffer(
    void* target, int64_t reference, uint32_t length);
__attribute__((import_module("env"), import_name("mk_module_set_buffer"))) void set_buffer(
    int64_t reference, const void* bytes, uint32_t length);
__attribute__((import_module("berth"), import_name("call"))) uint32_t call(const void* message,
                                                                         uint32_t length);
__attribute__((import_module("berth"), import_name("take"))) void take(void* target);

/// The code of an error's name.
inline Code code_of(std::string_view name) {
${ERROR_CODES.map((code) => `  if (name == "${code}") return Code::${codeName(code)};`).join("\n")}
  return Code::other;
}

/// Begins a message; its parameters follow.
inline void begin(Writer& writer, std::string_view method) {
  static constexpr unsigned char prefix[] = {${PREFIX_LITERALS}};
  writer.raw({reinterpret_cast<const char*>(prefix), sizeof prefix});
  writer.text(method);
  writer.text("params");
}

${SDK_MESSAGES.map(message).join("\n\n")}

}  // namespace raw
}  // namespace berth
`;
}
