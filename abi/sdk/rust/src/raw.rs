// Generated from abi/serverless/table by `deno task generate`. Do not edit.
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
    // SAFETY: the host reads `len` bytes that live until it returns.
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
    // SAFETY: the host writes `length` bytes into a buffer of that size.
    unsafe {
        mk_module_get_buffer(bytes.as_mut_ptr(), reference, length);
        bytes.set_len(length as usize);
    }
    bytes
}

/// What went wrong; the text that comes with it says more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    Aborted,
    Busy,
    Closed,
    Denied,
    Invalid,
    Io,
    Loop,
    Noent,
    Nospc,
    Quota,
    Rofs,
    Timeout,
    TooLarge,
    UnknownMethod,
    Unreachable,
    Other,
}

/// The code of an error's name.
pub fn code_of(name: &str) -> Code {
    match name {
        "aborted" => Code::Aborted,
        "busy" => Code::Busy,
        "closed" => Code::Closed,
        "denied" => Code::Denied,
        "invalid" => Code::Invalid,
        "io" => Code::Io,
        "loop" => Code::Loop,
        "noent" => Code::Noent,
        "nospc" => Code::Nospc,
        "quota" => Code::Quota,
        "rofs" => Code::Rofs,
        "timeout" => Code::Timeout,
        "too-large" => Code::TooLarge,
        "unknown-method" => Code::UnknownMethod,
        "unreachable" => Code::Unreachable,
        _ => Code::Other,
    }
}

const PREFIX: [u8; 24] = [0x84, 0xa7, 0x6a, 0x73, 0x6f, 0x6e, 0x72, 0x70, 0x63, 0xa3, 0x32, 0x2e, 0x30, 0xa2, 0x69, 0x64, 0x00, 0xa6, 0x6d, 0x65, 0x74, 0x68, 0x6f, 0x64];

fn begin(method: &str) -> Writer {
    let mut writer = Writer::new();
    writer.raw(&PREFIX);
    writer.text(method);
    writer.text("params");
    writer
}

/// Sends the whole answer to the request. Errors: closed, denied, noent.
pub fn response_send(data: &[u8], status_code: i64, file_mime_type: &str, file_path: &str, headers: &[(String, String)]) -> Writer {
    let mut writer = begin("response.send");
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
    writer.headers(headers);
    writer
}

/// Reads on in the request's body, where the event said `more`; waits for the client. Errors: aborted, closed.
pub fn request_read(max: i64) -> Writer {
    let mut writer = begin("request.read");
    writer.map(1);
    writer.text("max");
    writer.integer(max);
    writer
}

/// Begins an answer whose body follows in pieces. Errors: closed.
pub fn response_start(status: i64, headers: &[(String, String)]) -> Writer {
    let mut writer = begin("response.start");
    writer.map(2);
    writer.text("status");
    writer.integer(status);
    writer.text("headers");
    writer.headers(headers);
    writer
}

/// Sends a piece of the body; waits while the client is slower than the guest. Errors: closed.
pub fn response_write(data: &[u8]) -> Writer {
    let mut writer = begin("response.write");
    writer.map(1);
    writer.text("data");
    writer.bin(data);
    writer
}

/// Ends an answer begun with response.start. Returning from the event does the same. Errors: closed.
pub fn response_end() -> Writer {
    let mut writer = begin("response.end");
    writer.map(0);
    writer
}

/// The next part of a multipart form; what is left of the one before is passed over. Errors: invalid, too-large, aborted.
pub fn form_next() -> Writer {
    let mut writer = begin("form.next");
    writer.map(0);
    writer
}

/// Reads on in the present file part. Errors: closed, invalid, aborted.
pub fn form_read(max: i64) -> Writer {
    let mut writer = begin("form.read");
    writer.map(1);
    writer.text("max");
    writer.integer(max);
    writer
}

/// Stores the rest of the present file part in a mount, as it comes. Needs the files capability. Errors: denied, rofs, noent, nospc, closed, invalid, aborted.
pub fn form_store(path: &str) -> Writer {
    let mut writer = begin("form.store");
    writer.map(1);
    writer.text("path");
    writer.text(path);
    writer
}

/// Writes a line to the service's log. Lines past the log's rate are dropped and counted.
pub fn log_write(level: &str, message: &str, fields: &[u8]) -> Writer {
    let mut writer = begin("log.write");
    writer.map(3);
    writer.text("level");
    writer.text(level);
    writer.text("message");
    writer.text(message);
    writer.text("fields");
    writer.encoded(fields);
    writer
}

/// A value of the deployment's configuration. Needs the env capability. Errors: denied.
pub fn config_get(key: &str) -> Writer {
    let mut writer = begin("config.get");
    writer.map(1);
    writer.text("key");
    writer.text(key);
    writer
}

/// A secret that the operator set and the grant names. It never appears in events, logs or the management API. Needs the env capability. Errors: denied.
pub fn secret_get(key: &str) -> Writer {
    let mut writer = begin("secret.get");
    writer.map(1);
    writer.text("key");
    writer.text(key);
    writer
}

/// Reads an entry. Needs the storage capability. Errors: denied, too-large, quota, io.
pub fn storage_get(key: &str) -> Writer {
    let mut writer = begin("storage.get");
    writer.map(1);
    writer.text("key");
    writer.text(key);
    writer
}

/// Writes an entry; durable when answered. Needs the storage capability. Errors: denied, too-large, quota, io.
pub fn storage_set(key: &str, value: Value, tag: &str, ttl_ms: i64) -> Writer {
    let mut writer = begin("storage.set");
    writer.map(4);
    writer.text("key");
    writer.text(key);
    writer.text("value");
    writer.value(value);
    writer.text("tag");
    writer.text(tag);
    writer.text("ttlMs");
    writer.integer(ttl_ms);
    writer
}

/// Removes an entry. Needs the storage capability. Errors: denied, too-large, quota, io.
pub fn storage_remove(key: &str) -> Writer {
    let mut writer = begin("storage.remove");
    writer.map(1);
    writer.text("key");
    writer.text(key);
    writer
}

/// A page of entries in key order. Needs the storage capability. Errors: denied, too-large, quota, io.
pub fn storage_list(prefix: &str, tag: &str, after: &str, limit: i64) -> Writer {
    let mut writer = begin("storage.list");
    writer.map(4);
    writer.text("prefix");
    writer.text(prefix);
    writer.text("tag");
    writer.text(tag);
    writer.text("after");
    writer.text(after);
    writer.text("limit");
    writer.integer(limit);
    writer
}

/// Several writes and removals, all or nothing. Needs the storage capability. Errors: denied, too-large, quota, io.
pub fn storage_batch(steps: &[u8]) -> Writer {
    let mut writer = begin("storage.batch");
    writer.map(1);
    writer.text("steps");
    writer.encoded(steps);
    writer
}

/// Writes only when the present value is the expected one. Needs the storage capability. Errors: denied, too-large, quota, io.
pub fn storage_compare_and_set(key: &str, expected: Option<Value>, value: Value, tag: &str, ttl_ms: i64) -> Writer {
    let mut writer = begin("storage.compare_and_set");
    writer.map(5);
    writer.text("key");
    writer.text(key);
    writer.text("expected");
    writer.value_or_nil(expected);
    writer.text("value");
    writer.value(value);
    writer.text("tag");
    writer.text(tag);
    writer.text("ttlMs");
    writer.integer(ttl_ms);
    writer
}

/// Sends an outbound request and waits for the answer. Needs the http capability. Errors: denied, unreachable, timeout, too-large, busy, aborted.
pub fn http_fetch(url: &str, method: &str, headers: &[(String, String)], body: &[u8], timeout_ms: i64, redirects: &str, stream: bool) -> Writer {
    let mut writer = begin("http.fetch");
    writer.map(7);
    writer.text("url");
    writer.text(url);
    writer.text("method");
    writer.text(method);
    writer.text("headers");
    writer.headers(headers);
    writer.text("body");
    writer.bin(body);
    writer.text("timeoutMs");
    writer.integer(timeout_ms);
    writer.text("redirects");
    writer.text(redirects);
    writer.text("stream");
    writer.boolean(stream);
    writer
}

/// Reads on in a streamed answer. Needs the http capability. Errors: closed, unreachable, timeout, too-large, aborted.
pub fn http_read(stream: i64, max: i64) -> Writer {
    let mut writer = begin("http.read");
    writer.map(2);
    writer.text("stream");
    writer.integer(stream);
    writer.text("max");
    writer.integer(max);
    writer
}

/// Gives up a streamed answer; the end of the request does the same. Needs the http capability. Errors: closed.
pub fn http_close(stream: i64) -> Writer {
    let mut writer = begin("http.close");
    writer.map(1);
    writer.text("stream");
    writer.integer(stream);
    writer
}

/// Calls another service of the same client on the device, without a socket. Needs the services capability. Errors: denied, unreachable, loop, timeout, too-large, busy, aborted.
pub fn service_call(service: &str, path: &str, method: &str, headers: &[(String, String)], body: &[u8], timeout_ms: i64) -> Writer {
    let mut writer = begin("service.call");
    writer.map(6);
    writer.text("service");
    writer.text(service);
    writer.text("path");
    writer.text(path);
    writer.text("method");
    writer.text(method);
    writer.text("headers");
    writer.headers(headers);
    writer.text("body");
    writer.bin(body);
    writer.text("timeoutMs");
    writer.integer(timeout_ms);
    writer
}

/// Sends to one WebSocket client. Needs the websocket capability. Errors: denied, closed, busy, too-large.
pub fn websocket_send(connection: &str, data: Value) -> Writer {
    let mut writer = begin("websocket.send");
    writer.map(2);
    writer.text("connection");
    writer.text(connection);
    writer.text("data");
    writer.value(data);
    writer
}

/// Sends to every WebSocket client of the service whose path begins so; slow ones miss it and are closed. Needs the websocket capability. Errors: denied, too-large.
pub fn websocket_publish(path: &str, data: Value) -> Writer {
    let mut writer = begin("websocket.publish");
    writer.map(2);
    writer.text("path");
    writer.text(path);
    writer.text("data");
    writer.value(data);
    writer
}

/// Closes a WebSocket connection; of codes 1000, and 3000 to 4999. Needs the websocket capability. Errors: denied, closed.
pub fn websocket_close(connection: &str, code: i64, reason: &str) -> Writer {
    let mut writer = begin("websocket.close");
    writer.map(3);
    writer.text("connection");
    writer.text(connection);
    writer.text("code");
    writer.integer(code);
    writer.text("reason");
    writer.text(reason);
    writer
}
