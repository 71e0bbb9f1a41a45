/* Generated from abi/serverless/table by `deno task generate`. Do not edit. */
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
  static const unsigned char prefix[] = {0x84, 0xa7, 0x6a, 0x73, 0x6f, 0x6e, 0x72, 0x70, 0x63, 0xa3, 0x32, 0x2e, 0x30, 0xa2, 0x69, 0x64, 0x00, 0xa6, 0x6d, 0x65, 0x74, 0x68, 0x6f, 0x64};
  berth_write_raw(writer, (berth_text){(const char*)prefix, sizeof prefix});
  berth_write_text(writer, method);
  berth_write_text(writer, BERTH_TEXT("params"));
}

/* Sends the whole answer to the request. Errors: closed, denied, noent. */
static inline void berth_raw_response_send(berth_writer* writer, berth_text data, int64_t status_code, berth_text file_mime_type, berth_text file_path, const berth_headers* headers) {
  berth_raw_begin(writer, BERTH_TEXT("response.send"));
  berth_write_list(writer, 2);
  berth_write_bin(writer, data);
  berth_write_map(writer, 4);
  berth_write_text(writer, BERTH_TEXT("statusCode"));
  berth_write_integer(writer, status_code);
  berth_write_text(writer, BERTH_TEXT("fileMimeType"));
  berth_write_text(writer, file_mime_type);
  berth_write_text(writer, BERTH_TEXT("filePath"));
  berth_write_text(writer, file_path);
  berth_write_text(writer, BERTH_TEXT("headers"));
  berth_write_headers(writer, headers);
}

/* Reads on in the request's body, where the event said `more`; waits for the client. Errors: aborted, closed. */
static inline void berth_raw_request_read(berth_writer* writer, int64_t max) {
  berth_raw_begin(writer, BERTH_TEXT("request.read"));
  berth_write_map(writer, 1);
  berth_write_text(writer, BERTH_TEXT("max"));
  berth_write_integer(writer, max);
}

/* Begins an answer whose body follows in pieces. Errors: closed. */
static inline void berth_raw_response_start(berth_writer* writer, int64_t status, const berth_headers* headers) {
  berth_raw_begin(writer, BERTH_TEXT("response.start"));
  berth_write_map(writer, 2);
  berth_write_text(writer, BERTH_TEXT("status"));
  berth_write_integer(writer, status);
  berth_write_text(writer, BERTH_TEXT("headers"));
  berth_write_headers(writer, headers);
}

/* Sends a piece of the body; waits while the client is slower than the guest. Errors: closed. */
static inline void berth_raw_response_write(berth_writer* writer, berth_text data) {
  berth_raw_begin(writer, BERTH_TEXT("response.write"));
  berth_write_map(writer, 1);
  berth_write_text(writer, BERTH_TEXT("data"));
  berth_write_bin(writer, data);
}

/* Ends an answer begun with response.start. Returning from the event does the same. Errors: closed. */
static inline void berth_raw_response_end(berth_writer* writer) {
  berth_raw_begin(writer, BERTH_TEXT("response.end"));
  berth_write_map(writer, 0);
}

/* The next part of a multipart form; what is left of the one before is passed over. Errors: invalid, too-large, aborted. */
static inline void berth_raw_form_next(berth_writer* writer) {
  berth_raw_begin(writer, BERTH_TEXT("form.next"));
  berth_write_map(writer, 0);
}

/* Reads on in the present file part. Errors: closed, invalid, aborted. */
static inline void berth_raw_form_read(berth_writer* writer, int64_t max) {
  berth_raw_begin(writer, BERTH_TEXT("form.read"));
  berth_write_map(writer, 1);
  berth_write_text(writer, BERTH_TEXT("max"));
  berth_write_integer(writer, max);
}

/* Stores the rest of the present file part in a mount, as it comes. Needs the files capability. Errors: denied, rofs, noent, nospc, closed, invalid, aborted. */
static inline void berth_raw_form_store(berth_writer* writer, berth_text path) {
  berth_raw_begin(writer, BERTH_TEXT("form.store"));
  berth_write_map(writer, 1);
  berth_write_text(writer, BERTH_TEXT("path"));
  berth_write_text(writer, path);
}

/* Writes a line to the service's log. Lines past the log's rate are dropped and counted. */
static inline void berth_raw_log_write(berth_writer* writer, berth_text level, berth_text message, const berth_writer* fields) {
  berth_raw_begin(writer, BERTH_TEXT("log.write"));
  berth_write_map(writer, 3);
  berth_write_text(writer, BERTH_TEXT("level"));
  berth_write_text(writer, level);
  berth_write_text(writer, BERTH_TEXT("message"));
  berth_write_text(writer, message);
  berth_write_text(writer, BERTH_TEXT("fields"));
  berth_write_encoded(writer, fields);
}

/* A value of the deployment's configuration. Needs the env capability. Errors: denied. */
static inline void berth_raw_config_get(berth_writer* writer, berth_text key) {
  berth_raw_begin(writer, BERTH_TEXT("config.get"));
  berth_write_map(writer, 1);
  berth_write_text(writer, BERTH_TEXT("key"));
  berth_write_text(writer, key);
}

/* A secret that the operator set and the grant names. It never appears in events, logs or the management API. Needs the env capability. Errors: denied. */
static inline void berth_raw_secret_get(berth_writer* writer, berth_text key) {
  berth_raw_begin(writer, BERTH_TEXT("secret.get"));
  berth_write_map(writer, 1);
  berth_write_text(writer, BERTH_TEXT("key"));
  berth_write_text(writer, key);
}

/* Reads an entry. Needs the storage capability. Errors: denied, too-large, quota, io. */
static inline void berth_raw_storage_get(berth_writer* writer, berth_text key) {
  berth_raw_begin(writer, BERTH_TEXT("storage.get"));
  berth_write_map(writer, 1);
  berth_write_text(writer, BERTH_TEXT("key"));
  berth_write_text(writer, key);
}

/* Writes an entry; durable when answered. Needs the storage capability. Errors: denied, too-large, quota, io. */
static inline void berth_raw_storage_set(berth_writer* writer, berth_text key, berth_value value, berth_text tag, int64_t ttl_ms) {
  berth_raw_begin(writer, BERTH_TEXT("storage.set"));
  berth_write_map(writer, 4);
  berth_write_text(writer, BERTH_TEXT("key"));
  berth_write_text(writer, key);
  berth_write_text(writer, BERTH_TEXT("value"));
  berth_write_value(writer, value);
  berth_write_text(writer, BERTH_TEXT("tag"));
  berth_write_text(writer, tag);
  berth_write_text(writer, BERTH_TEXT("ttlMs"));
  berth_write_integer(writer, ttl_ms);
}

/* Removes an entry. Needs the storage capability. Errors: denied, too-large, quota, io. */
static inline void berth_raw_storage_remove(berth_writer* writer, berth_text key) {
  berth_raw_begin(writer, BERTH_TEXT("storage.remove"));
  berth_write_map(writer, 1);
  berth_write_text(writer, BERTH_TEXT("key"));
  berth_write_text(writer, key);
}

/* A page of entries in key order. Needs the storage capability. Errors: denied, too-large, quota, io. */
static inline void berth_raw_storage_list(berth_writer* writer, berth_text prefix, berth_text tag, berth_text after, int64_t limit) {
  berth_raw_begin(writer, BERTH_TEXT("storage.list"));
  berth_write_map(writer, 4);
  berth_write_text(writer, BERTH_TEXT("prefix"));
  berth_write_text(writer, prefix);
  berth_write_text(writer, BERTH_TEXT("tag"));
  berth_write_text(writer, tag);
  berth_write_text(writer, BERTH_TEXT("after"));
  berth_write_text(writer, after);
  berth_write_text(writer, BERTH_TEXT("limit"));
  berth_write_integer(writer, limit);
}

/* Several writes and removals, all or nothing. Needs the storage capability. Errors: denied, too-large, quota, io. */
static inline void berth_raw_storage_batch(berth_writer* writer, const berth_writer* steps) {
  berth_raw_begin(writer, BERTH_TEXT("storage.batch"));
  berth_write_map(writer, 1);
  berth_write_text(writer, BERTH_TEXT("steps"));
  berth_write_encoded(writer, steps);
}

/* Writes only when the present value is the expected one. Needs the storage capability. Errors: denied, too-large, quota, io. */
static inline void berth_raw_storage_compare_and_set(berth_writer* writer, berth_text key, const berth_value* expected, berth_value value, berth_text tag, int64_t ttl_ms) {
  berth_raw_begin(writer, BERTH_TEXT("storage.compare_and_set"));
  berth_write_map(writer, 5);
  berth_write_text(writer, BERTH_TEXT("key"));
  berth_write_text(writer, key);
  berth_write_text(writer, BERTH_TEXT("expected"));
  berth_write_value_or_nil(writer, expected);
  berth_write_text(writer, BERTH_TEXT("value"));
  berth_write_value(writer, value);
  berth_write_text(writer, BERTH_TEXT("tag"));
  berth_write_text(writer, tag);
  berth_write_text(writer, BERTH_TEXT("ttlMs"));
  berth_write_integer(writer, ttl_ms);
}

/* Sends an outbound request and waits for the answer. Needs the http capability. Errors: denied, unreachable, timeout, too-large, busy, aborted. */
static inline void berth_raw_http_fetch(berth_writer* writer, berth_text url, berth_text method, const berth_headers* headers, berth_text body, int64_t timeout_ms, berth_text redirects, bool stream) {
  berth_raw_begin(writer, BERTH_TEXT("http.fetch"));
  berth_write_map(writer, 7);
  berth_write_text(writer, BERTH_TEXT("url"));
  berth_write_text(writer, url);
  berth_write_text(writer, BERTH_TEXT("method"));
  berth_write_text(writer, method);
  berth_write_text(writer, BERTH_TEXT("headers"));
  berth_write_headers(writer, headers);
  berth_write_text(writer, BERTH_TEXT("body"));
  berth_write_bin(writer, body);
  berth_write_text(writer, BERTH_TEXT("timeoutMs"));
  berth_write_integer(writer, timeout_ms);
  berth_write_text(writer, BERTH_TEXT("redirects"));
  berth_write_text(writer, redirects);
  berth_write_text(writer, BERTH_TEXT("stream"));
  berth_write_bool(writer, stream);
}

/* Reads on in a streamed answer. Needs the http capability. Errors: closed, unreachable, timeout, too-large, aborted. */
static inline void berth_raw_http_read(berth_writer* writer, int64_t stream, int64_t max) {
  berth_raw_begin(writer, BERTH_TEXT("http.read"));
  berth_write_map(writer, 2);
  berth_write_text(writer, BERTH_TEXT("stream"));
  berth_write_integer(writer, stream);
  berth_write_text(writer, BERTH_TEXT("max"));
  berth_write_integer(writer, max);
}

/* Gives up a streamed answer; the end of the request does the same. Needs the http capability. Errors: closed. */
static inline void berth_raw_http_close(berth_writer* writer, int64_t stream) {
  berth_raw_begin(writer, BERTH_TEXT("http.close"));
  berth_write_map(writer, 1);
  berth_write_text(writer, BERTH_TEXT("stream"));
  berth_write_integer(writer, stream);
}

/* Calls another service of the same client on the device, without a socket. Needs the services capability. Errors: denied, unreachable, loop, timeout, too-large, busy, aborted. */
static inline void berth_raw_service_call(berth_writer* writer, berth_text service, berth_text path, berth_text method, const berth_headers* headers, berth_text body, int64_t timeout_ms) {
  berth_raw_begin(writer, BERTH_TEXT("service.call"));
  berth_write_map(writer, 6);
  berth_write_text(writer, BERTH_TEXT("service"));
  berth_write_text(writer, service);
  berth_write_text(writer, BERTH_TEXT("path"));
  berth_write_text(writer, path);
  berth_write_text(writer, BERTH_TEXT("method"));
  berth_write_text(writer, method);
  berth_write_text(writer, BERTH_TEXT("headers"));
  berth_write_headers(writer, headers);
  berth_write_text(writer, BERTH_TEXT("body"));
  berth_write_bin(writer, body);
  berth_write_text(writer, BERTH_TEXT("timeoutMs"));
  berth_write_integer(writer, timeout_ms);
}

/* Sends to one WebSocket client. Needs the websocket capability. Errors: denied, closed, busy, too-large. */
static inline void berth_raw_websocket_send(berth_writer* writer, berth_text connection, berth_value data) {
  berth_raw_begin(writer, BERTH_TEXT("websocket.send"));
  berth_write_map(writer, 2);
  berth_write_text(writer, BERTH_TEXT("connection"));
  berth_write_text(writer, connection);
  berth_write_text(writer, BERTH_TEXT("data"));
  berth_write_value(writer, data);
}

/* Sends to every WebSocket client of the service whose path begins so; slow ones miss it and are closed. Needs the websocket capability. Errors: denied, too-large. */
static inline void berth_raw_websocket_publish(berth_writer* writer, berth_text path, berth_value data) {
  berth_raw_begin(writer, BERTH_TEXT("websocket.publish"));
  berth_write_map(writer, 2);
  berth_write_text(writer, BERTH_TEXT("path"));
  berth_write_text(writer, path);
  berth_write_text(writer, BERTH_TEXT("data"));
  berth_write_value(writer, data);
}

/* Closes a WebSocket connection; of codes 1000, and 3000 to 4999. Needs the websocket capability. Errors: denied, closed. */
static inline void berth_raw_websocket_close(berth_writer* writer, berth_text connection, int64_t code, berth_text reason) {
  berth_raw_begin(writer, BERTH_TEXT("websocket.close"));
  berth_write_map(writer, 3);
  berth_write_text(writer, BERTH_TEXT("connection"));
  berth_write_text(writer, connection);
  berth_write_text(writer, BERTH_TEXT("code"));
  berth_write_integer(writer, code);
  berth_write_text(writer, BERTH_TEXT("reason"));
  berth_write_text(writer, reason);
}

#endif
