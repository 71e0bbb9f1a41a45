// The data types of mimik's C++ SDK for WebAssembly services, by their public names. See init.hpp.
#pragma once

#include <map>
#include <memory>
#include <string>

#if __has_include(<nlohmann/json.hpp>)
#include <nlohmann/json.hpp>
#endif

namespace mimik {
namespace wasm {
namespace model {

/// What the request carries besides; Berth leaves it empty.
struct http_request_extra {
  std::string replayNonce;
};

struct http_request {
  std::string url;
  std::string method;
  std::map<std::string, std::string> headers;
  std::string jsonBody;
  http_request_extra extra;
};

struct http_event_context {
  std::map<std::string, std::string> info;
  std::map<std::string, std::string> env;
};

struct http_event {
  http_event_context context;
  http_request request;
};

struct callback_result {
  int status = 0;
  std::map<std::string, std::string> headers;
  std::string data;
};

struct callback_error {
  explicit callback_error(const std::string& text) : message(text) {}
  std::string message;
};

struct http_send_option {
  int statusCode = 200;
  std::string filePath;
  std::string fileMimeType;
};

struct http_client_option {
  std::string url;
  std::string method;
  std::map<std::string, std::string> headers;
  std::string data;
  std::string mode;
};

struct edge_decrypt_option {
  std::string type;
  std::string data;
  std::string token;
};

struct edge_request_bep_option {
  std::string code;
};

struct storage_item_option {
  std::string key;
  std::string value;
  std::string tag;
};

struct storage_item_each_option {
  std::string tag;
};

using callback_error_ptr = std::shared_ptr<callback_error>;

}  // namespace model
}  // namespace wasm
}  // namespace mimik
