// Source-compatible with mimik's public C++ SDK for WebAssembly services (ABI 2.0): a service written for it builds
// against this header without an edit. `main` calls init_mk_module_event_handler({handler}); everything is a callback.
// Written anew from the ABI's facts over Berth's MessagePack; it brings no JSON library (nlohmann's is used by a
// service that has it). New services are better off with <berth/berth.hpp>.
#pragma once

#include <cstdlib>
#include <utility>

#include "api.hpp"
#include "berth/msgpack.hpp"

#define WASM_EXPORT __attribute__((used)) __attribute__((visibility("default")))
#define WASM_EXPORT_AS(NAME) WASM_EXPORT __attribute__((export_name(NAME)))
#define WASM_IMPORT(MODULE, NAME) __attribute__((import_module(MODULE))) __attribute__((import_name(NAME)))

WASM_IMPORT("env", "mk_module_api_request")
void mk_module_api_request(int32_t sessionId, uint32_t memAddr, uint32_t len);
WASM_IMPORT("env", "mk_module_get_buffer")
void mk_module_get_buffer(int32_t memAddr, int64_t bufRef, int32_t strLen);
WASM_IMPORT("env", "mk_module_set_buffer")
void mk_module_set_buffer(int64_t bufRef, int32_t memAddr, int32_t strlen);

namespace mimik {
namespace wasm {

/// A callback gets the whole answer as MessagePack.
using rpc_callback = std::function<int(const std::vector<uint8_t>&)>;
using mk_module_http_event_callback = std::function<void(const model::http_event&)>;

class mk_module_event_handler {
 public:
  mk_module_http_event_callback http_event_callback;
};

namespace detail {

/// Everything that outlives `main`. Never destroyed: a command's destructors run when `main` returns, events come later.
struct State {
  mk_module_event_handler handler;
  std::vector<rpc_callback> callbacks;  // session n at index n - 1
};

inline State& state() {
  static State& one = *new State;
  return one;
}

inline std::vector<uint8_t> take_buffer(int64_t reference, uint32_t length) {
  std::vector<uint8_t> bytes(length);
  mk_module_get_buffer(int32_t(uintptr_t(bytes.data())), reference, int32_t(length));
  return bytes;
}

inline berth::Reader reader_of(const std::vector<uint8_t>& bytes) {
  return berth::Reader({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

inline void read_map(berth::Reader& reader, std::map<std::string, std::string>& target) {
  for (size_t left = reader.map(); left > 0 && !reader.failed(); left--) {
    std::string key(reader.text());
    target[key] = std::string(reader.text());
  }
}

/// Calls `each(key)` for every entry of the map that begins here; it reads or skips the value.
template <class Each>
inline void read_members(berth::Reader& reader, Each each) {
  for (size_t left = reader.map(); left > 0 && !reader.failed(); left--) each(reader.text());
}

/// An answer or callback of the host.
struct Outcome {
  model::callback_error_ptr error;
  model::callback_result result;
};

inline Outcome read_outcome(const std::vector<uint8_t>& bytes) {
  Outcome outcome;
  std::string_view method;
  berth::Reader reader = reader_of(bytes);
  auto read_data = [&](std::string_view key) {
    if (key == "status") outcome.result.status = int(reader.integer());
    else if (key == "headers") read_map(reader, outcome.result.headers);
    else if (key == "data") outcome.result.data = std::string(reader.text());
    else reader.skip();
  };
  std::string message;
  read_members(reader, [&](std::string_view key) {
    if (key == "method") method = reader.text();
    else if (key != "params") reader.skip();
    else read_members(reader, [&](std::string_view inner) {
      if (inner == "data") read_members(reader, read_data);
      else if (inner == "error") read_members(reader, [&](std::string_view name) {
        if (name == "message") message = std::string(reader.text());
        else reader.skip();
      });
      else reader.skip();
    });
  });
  if (method != "oncallback.success") outcome.error = std::make_shared<model::callback_error>(message);
  return outcome;
}

/// Begins a message; its parameters follow.
inline void begin(berth::Writer& writer, int32_t session, std::string_view method) {
  writer.map(4);
  writer.text("id");
  writer.integer(session);
  writer.text("jsonrpc");
  writer.text("2.0");
  writer.text("method");
  writer.text(method);
  writer.text("params");
}

inline void pair(berth::Writer& writer, std::string_view name, std::string_view value) {
  writer.text(name);
  writer.text(value);
}

inline void send(int32_t session, const berth::Writer& writer) {
  mk_module_api_request(session, uint32_t(uintptr_t(writer.bytes().data())), uint32_t(writer.bytes().size()));
}

}  // namespace detail

class rpc {
 public:
  static int32_t register_callback(rpc_callback callback) {
    auto& callbacks = detail::state().callbacks;
    callbacks.push_back(std::move(callback));
    return int32_t(callbacks.size());
  }

  static void call(int32_t id, const std::vector<uint8_t>& message) {
    mk_module_api_request(id, uint32_t(uintptr_t(message.data())), uint32_t(message.size()));
  }
};

/// To be called from `main`: `init_mk_module_event_handler({http_event_handler})`.
inline void init_mk_module_event_handler(const mk_module_event_handler& handler) {
  detail::state().handler = handler;
}

namespace detail {

/// Registers a callback that gets the outcome, and gives its session.
template <class Callback>
inline int32_t on_outcome(Callback callback) {
  return rpc::register_callback([callback](const std::vector<uint8_t>& bytes) -> int {
    Outcome outcome = read_outcome(bytes);
    return callback(outcome);
  });
}

inline int32_t on_data(api::storage_callback callback) {
  return on_outcome([callback](const Outcome& outcome) {
    callback(outcome.error, outcome.result.data);
    return 0;
  });
}

inline void send_storage(std::string_view method, const model::storage_item_option& item, api::storage_callback callback) {
  int32_t session = on_data(std::move(callback));
  berth::Writer writer;
  begin(writer, session, method);
  writer.map(3);
  pair(writer, "key", item.key);
  pair(writer, "value", item.value);
  pair(writer, "tag", item.tag);
  send(session, writer);
}

}  // namespace detail

namespace api {

inline model::http_event request::parse(const std::vector<uint8_t>& jsonrpc) {
  model::http_event event;
  berth::Reader reader = detail::reader_of(jsonrpc);
  detail::read_members(reader, [&](std::string_view key) {
    if (key != "params") {
      reader.skip();
      return;
    }
    detail::read_members(reader, [&](std::string_view part) {
      detail::read_members(reader, [&](std::string_view name) {
        if (name == "info") detail::read_map(reader, event.context.info);
        else if (name == "env") detail::read_map(reader, event.context.env);
        else if (name == "headers") detail::read_map(reader, event.request.headers);
        else if (name == "url") event.request.url = std::string(reader.text());
        else if (name == "method") event.request.method = std::string(reader.text());
        else if (name == "jsonBody") event.request.jsonBody = std::string(reader.text());
        else reader.skip();
      });
      (void)part;
    });
  });
  return event;
}

inline void request::handle_form_upload(form_request_found_handler found, form_request_get_handler get,
                                        form_request_store_handler store) {
  int32_t session = detail::on_outcome([found, get, store](const detail::Outcome& outcome) -> int {
    const model::callback_result& result = outcome.result;
    auto header = [&](const char* name) {
      auto entry = result.headers.find(name);
      return entry == result.headers.end() ? std::string() : entry->second;
    };
    if (outcome.error) return 0;
    if (result.status == 101) {
      std::string path;
      auto action = found(header("key"), header("filename"), path);
      if (!path.empty() && path.size() <= strtoull(header("path_len").c_str(), nullptr, 10)) {
        mk_module_set_buffer(strtoll(header("path_ref").c_str(), nullptr, 10), int32_t(uintptr_t(path.data())),
                             int32_t(path.size()));
      }
      return int(action);
    }
    if (result.status == 102) get(header("key"), header("value"));
    else if (result.status == 103) store(header("path"), size_t(strtoull(header("file_size").c_str(), nullptr, 10)));
    return 0;
  });
  berth::Writer writer;
  detail::begin(writer, session, "request.handle_form_upload");
  writer.nil();
  detail::send(session, writer);
}

inline void response::send(const std::string& data) {
  berth::Writer writer;
  detail::begin(writer, 0, "response.send");
  writer.list(1);
  writer.text(data);
  detail::send(0, writer);
}

inline void response::send(const std::string& data, const model::http_send_option& option) {
  berth::Writer writer;
  detail::begin(writer, 0, "response.send");
  writer.list(2);
  writer.text(data);
  writer.map(1 + size_t(!option.fileMimeType.empty()) + size_t(!option.filePath.empty()));
  writer.text("statusCode");
  writer.integer(option.statusCode);
  if (!option.fileMimeType.empty()) detail::pair(writer, "fileMimeType", option.fileMimeType);
  if (!option.filePath.empty()) detail::pair(writer, "filePath", option.filePath);
  detail::send(0, writer);
}

inline void httpclient::fetch(const model::http_client_option& option, httpclient_callback callback) {
  int32_t session = detail::on_outcome([callback](const detail::Outcome& outcome) {
    callback(outcome.error, outcome.result);
    return 0;
  });
  berth::Writer writer;
  detail::begin(writer, session, "httpclient.fetch");
  writer.map(5);
  detail::pair(writer, "url", option.url);
  detail::pair(writer, "method", option.method);
  writer.text("headers");
  writer.map(option.headers.size());
  for (const auto& [name, value] : option.headers) detail::pair(writer, name, value);
  detail::pair(writer, "data", option.data);
  detail::pair(writer, "mode", option.mode);
  detail::send(session, writer);
}

inline void edge::decrypt(const CLUSTER_TYPE& type, const std::string& data, const std::string& token,
                          edge_function_callback callback) {
  int32_t session = detail::on_data(std::move(callback));
  berth::Writer writer;
  detail::begin(writer, session, "edge.decrypt");
  writer.map(3);
  detail::pair(writer, "type", type == LOCAL ? "local" : type == ACCOUNT ? "account" : "proximity");
  detail::pair(writer, "data", data);
  detail::pair(writer, "token", token);
  detail::send(session, writer);
}

inline void edge::request_bep(const std::string& accessToken, const std::string&, int, edge_function_callback callback) {
  int32_t session = detail::on_data(std::move(callback));
  berth::Writer writer;
  detail::begin(writer, session, "edge.request_bep");
  writer.map(1);
  detail::pair(writer, "code", accessToken);
  detail::send(session, writer);
}

inline void storage::get_item(const std::string& key, storage_callback callback) {
  detail::send_storage("storage.get_item", {key, "", ""}, std::move(callback));
}

inline void storage::set_item(const std::string& key, const std::string& value, storage_callback callback) {
  detail::send_storage("storage.set_item", {key, value, ""}, std::move(callback));
}

inline void storage::set_item_with_tag(const std::string& key, const std::string& value, const std::string& tag,
                                       storage_callback callback) {
  detail::send_storage("storage.set_item_with_tag", {key, value, tag}, std::move(callback));
}

inline void storage::remove_item(const std::string& key, storage_callback callback) {
  detail::send_storage("storage.remove_item", {key, "", ""}, std::move(callback));
}

inline void storage::each_item(storage_each_item_callback callback) { each_item("", std::move(callback)); }

inline void storage::each_item(const std::string& tag, storage_each_item_callback callback) {
  int32_t session = detail::on_outcome([callback](const detail::Outcome& outcome) -> int {
    if (outcome.result.headers.empty()) return 0;
    const auto& [key, value] = *outcome.result.headers.begin();
    return callback(key, value);
  });
  berth::Writer writer;
  detail::begin(writer, session, "storage.each_item");
  writer.map(1);
  detail::pair(writer, "tag", tag);
  detail::send(session, writer);
}

inline void WebSocketBroker::publish(const std::string& type, const std::string& message) {
  berth::Writer writer;
  detail::begin(writer, 0, "websocket_broker.publish");
  writer.list(2);
  writer.text(type);
  writer.text(message);
  detail::send(0, writer);
}

}  // namespace api
}  // namespace wasm
}  // namespace mimik

extern "C" {

// Referring to the constructors keeps the linker from wrapping every export of a command in constructor and
// destructor calls; `_start` runs them once.
void __wasm_call_ctors();
__attribute__((weak)) void* berth_keep_constructors = reinterpret_cast<void*>(&__wasm_call_ctors);

WASM_EXPORT_AS("mk_module_abi_version_2_0_0") __attribute__((weak)) void mk_module_abi_version_2_0_0() {}

WASM_EXPORT_AS("mk_module_on_event") __attribute__((weak)) void mk_module_on_event(int64_t buf, uint32_t len) {
  auto event = mimik::wasm::api::request::parse(mimik::wasm::detail::take_buffer(buf, len));
  auto& handler = mimik::wasm::detail::state().handler.http_event_callback;
  if (handler) handler(event);
}

WASM_EXPORT_AS("mk_module_on_api_response")
__attribute__((weak)) int32_t mk_module_on_api_response(int64_t sid, int64_t buf, uint32_t len) {
  auto bytes = mimik::wasm::detail::take_buffer(buf, len);
  auto& callbacks = mimik::wasm::detail::state().callbacks;
  if (sid < 1 || uint64_t(sid) > callbacks.size()) return 0;
  mimik::wasm::rpc_callback callback = callbacks[size_t(sid) - 1];  // a copy: the callback may register others
  return callback(bytes);
}
}
