// Generated from abi/serverless/table by `deno task generate`. Do not edit.
#pragma once

#include <cstdint>
#include <string_view>

#include "msgpack.hpp"

namespace berth {

/// What went wrong; the text that comes with it says more.
enum class Code : uint8_t {
  none,
  aborted,
  busy,
  closed,
  denied,
  invalid,
  io,
  loop,
  noent,
  nospc,
  quota,
  rofs,
  timeout,
  too_large,
  unknown_method,
  unreachable,
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
  if (name == "aborted") return Code::aborted;
  if (name == "busy") return Code::busy;
  if (name == "closed") return Code::closed;
  if (name == "denied") return Code::denied;
  if (name == "invalid") return Code::invalid;
  if (name == "io") return Code::io;
  if (name == "loop") return Code::loop;
  if (name == "noent") return Code::noent;
  if (name == "nospc") return Code::nospc;
  if (name == "quota") return Code::quota;
  if (name == "rofs") return Code::rofs;
  if (name == "timeout") return Code::timeout;
  if (name == "too-large") return Code::too_large;
  if (name == "unknown-method") return Code::unknown_method;
  if (name == "unreachable") return Code::unreachable;
  return Code::other;
}

/// Begins a message; its parameters follow.
inline void begin(Writer& writer, std::string_view method) {
  static constexpr unsigned char prefix[] = {0x84, 0xa7, 0x6a, 0x73, 0x6f, 0x6e, 0x72, 0x70, 0x63, 0xa3, 0x32, 0x2e, 0x30, 0xa2, 0x69, 0x64, 0x00, 0xa6, 0x6d, 0x65, 0x74, 0x68, 0x6f, 0x64};
  writer.raw({reinterpret_cast<const char*>(prefix), sizeof prefix});
  writer.text(method);
  writer.text("params");
}

/// Sends the whole answer to the request. Errors: closed, denied, noent.
inline void response_send(Writer& writer, std::string_view data, int64_t status_code, std::string_view file_mime_type, std::string_view file_path, const Headers& headers) {
  begin(writer, "response.send");
  writer.list(2);
  writer.bin(data);
  writer.map(4);
  writer.text("statusCode");
  writer.integer(status_code);
  writer.text("fileMimeType");
  writer.text(file_mime_type);
  writer.text("filePath");
  writer.text(file_path);
  writer.text("headers");
  write(writer, headers);
}

/// Reads on in the request's body, where the event said `more`; waits for the client. Errors: aborted, closed.
inline void request_read(Writer& writer, int64_t max) {
  begin(writer, "request.read");
  writer.map(1);
  writer.text("max");
  writer.integer(max);
}

/// Begins an answer whose body follows in pieces. Errors: closed.
inline void response_start(Writer& writer, int64_t status, const Headers& headers) {
  begin(writer, "response.start");
  writer.map(2);
  writer.text("status");
  writer.integer(status);
  writer.text("headers");
  write(writer, headers);
}

/// Sends a piece of the body; waits while the client is slower than the guest. Errors: closed.
inline void response_write(Writer& writer, std::string_view data) {
  begin(writer, "response.write");
  writer.map(1);
  writer.text("data");
  writer.bin(data);
}

/// Ends an answer begun with response.start. Returning from the event does the same. Errors: closed.
inline void response_end(Writer& writer) {
  begin(writer, "response.end");
  writer.map(0);
}

/// The next part of a multipart form; what is left of the one before is passed over. Errors: invalid, too-large, aborted.
inline void form_next(Writer& writer) {
  begin(writer, "form.next");
  writer.map(0);
}

/// Reads on in the present file part. Errors: closed, invalid, aborted.
inline void form_read(Writer& writer, int64_t max) {
  begin(writer, "form.read");
  writer.map(1);
  writer.text("max");
  writer.integer(max);
}

/// Stores the rest of the present file part in a mount, as it comes. Needs the files capability. Errors: denied, rofs, noent, nospc, closed, invalid, aborted.
inline void form_store(Writer& writer, std::string_view path) {
  begin(writer, "form.store");
  writer.map(1);
  writer.text("path");
  writer.text(path);
}

/// Writes a line to the service's log. Lines past the log's rate are dropped and counted.
inline void log_write(Writer& writer, std::string_view level, std::string_view message, const Encoded& fields) {
  begin(writer, "log.write");
  writer.map(3);
  writer.text("level");
  writer.text(level);
  writer.text("message");
  writer.text(message);
  writer.text("fields");
  write(writer, fields);
}

/// A value of the deployment's configuration. Needs the env capability. Errors: denied.
inline void config_get(Writer& writer, std::string_view key) {
  begin(writer, "config.get");
  writer.map(1);
  writer.text("key");
  writer.text(key);
}

/// A secret that the operator set and the grant names. It never appears in events, logs or the management API. Needs the env capability. Errors: denied.
inline void secret_get(Writer& writer, std::string_view key) {
  begin(writer, "secret.get");
  writer.map(1);
  writer.text("key");
  writer.text(key);
}

/// Reads an entry. Needs the storage capability. Errors: denied, too-large, quota, io.
inline void storage_get(Writer& writer, std::string_view key) {
  begin(writer, "storage.get");
  writer.map(1);
  writer.text("key");
  writer.text(key);
}

/// Writes an entry; durable when answered. Needs the storage capability. Errors: denied, too-large, quota, io.
inline void storage_set(Writer& writer, std::string_view key, const Value& value, std::string_view tag, int64_t ttl_ms) {
  begin(writer, "storage.set");
  writer.map(4);
  writer.text("key");
  writer.text(key);
  writer.text("value");
  write(writer, value);
  writer.text("tag");
  writer.text(tag);
  writer.text("ttlMs");
  writer.integer(ttl_ms);
}

/// Removes an entry. Needs the storage capability. Errors: denied, too-large, quota, io.
inline void storage_remove(Writer& writer, std::string_view key) {
  begin(writer, "storage.remove");
  writer.map(1);
  writer.text("key");
  writer.text(key);
}

/// A page of entries in key order. Needs the storage capability. Errors: denied, too-large, quota, io.
inline void storage_list(Writer& writer, std::string_view prefix, std::string_view tag, std::string_view after, int64_t limit) {
  begin(writer, "storage.list");
  writer.map(4);
  writer.text("prefix");
  writer.text(prefix);
  writer.text("tag");
  writer.text(tag);
  writer.text("after");
  writer.text(after);
  writer.text("limit");
  writer.integer(limit);
}

/// Several writes and removals, all or nothing. Needs the storage capability. Errors: denied, too-large, quota, io.
inline void storage_batch(Writer& writer, const Encoded& steps) {
  begin(writer, "storage.batch");
  writer.map(1);
  writer.text("steps");
  write(writer, steps);
}

/// Writes only when the present value is the expected one. Needs the storage capability. Errors: denied, too-large, quota, io.
inline void storage_compare_and_set(Writer& writer, std::string_view key, const Value* expected, const Value& value, std::string_view tag, int64_t ttl_ms) {
  begin(writer, "storage.compare_and_set");
  writer.map(5);
  writer.text("key");
  writer.text(key);
  writer.text("expected");
  if (expected) write(writer, *expected); else writer.nil();
  writer.text("value");
  write(writer, value);
  writer.text("tag");
  writer.text(tag);
  writer.text("ttlMs");
  writer.integer(ttl_ms);
}

/// Sends an outbound request and waits for the answer. Needs the http capability. Errors: denied, unreachable, timeout, too-large, busy, aborted.
inline void http_fetch(Writer& writer, std::string_view url, std::string_view method, const Headers& headers, std::string_view body, int64_t timeout_ms, std::string_view redirects, bool stream) {
  begin(writer, "http.fetch");
  writer.map(7);
  writer.text("url");
  writer.text(url);
  writer.text("method");
  writer.text(method);
  writer.text("headers");
  write(writer, headers);
  writer.text("body");
  writer.bin(body);
  writer.text("timeoutMs");
  writer.integer(timeout_ms);
  writer.text("redirects");
  writer.text(redirects);
  writer.text("stream");
  writer.boolean(stream);
}

/// Reads on in a streamed answer. Needs the http capability. Errors: closed, unreachable, timeout, too-large, aborted.
inline void http_read(Writer& writer, int64_t stream, int64_t max) {
  begin(writer, "http.read");
  writer.map(2);
  writer.text("stream");
  writer.integer(stream);
  writer.text("max");
  writer.integer(max);
}

/// Gives up a streamed answer; the end of the request does the same. Needs the http capability. Errors: closed.
inline void http_close(Writer& writer, int64_t stream) {
  begin(writer, "http.close");
  writer.map(1);
  writer.text("stream");
  writer.integer(stream);
}

/// Calls another service of the same client on the device, without a socket. Needs the services capability. Errors: denied, unreachable, loop, timeout, too-large, busy, aborted.
inline void service_call(Writer& writer, std::string_view service, std::string_view path, std::string_view method, const Headers& headers, std::string_view body, int64_t timeout_ms) {
  begin(writer, "service.call");
  writer.map(6);
  writer.text("service");
  writer.text(service);
  writer.text("path");
  writer.text(path);
  writer.text("method");
  writer.text(method);
  writer.text("headers");
  write(writer, headers);
  writer.text("body");
  writer.bin(body);
  writer.text("timeoutMs");
  writer.integer(timeout_ms);
}

/// Sends to one WebSocket client. Needs the websocket capability. Errors: denied, closed, busy, too-large.
inline void websocket_send(Writer& writer, std::string_view connection, const Value& data) {
  begin(writer, "websocket.send");
  writer.map(2);
  writer.text("connection");
  writer.text(connection);
  writer.text("data");
  write(writer, data);
}

/// Sends to every WebSocket client of the service whose path begins so; slow ones miss it and are closed. Needs the websocket capability. Errors: denied, too-large.
inline void websocket_publish(Writer& writer, std::string_view path, const Value& data) {
  begin(writer, "websocket.publish");
  writer.map(2);
  writer.text("path");
  writer.text(path);
  writer.text("data");
  write(writer, data);
}

/// Closes a WebSocket connection; of codes 1000, and 3000 to 4999. Needs the websocket capability. Errors: denied, closed.
inline void websocket_close(Writer& writer, std::string_view connection, int64_t code, std::string_view reason) {
  begin(writer, "websocket.close");
  writer.map(3);
  writer.text("connection");
  writer.text(connection);
  writer.text("code");
  writer.integer(code);
  writer.text("reason");
  writer.text(reason);
}

}  // namespace raw
}  // namespace berth
