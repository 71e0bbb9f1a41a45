// Outbound requests (the http capability) and calls to other services of the device (the services capability).
//
//   berth::Outbound outbound;
//   outbound.url = "https://api.example.com/users/" + request.param("id");
//   outbound.headers.emplace_back("accept", "application/json");
//   auto answer = berth::fetch(outbound);
//   if (!answer) return response.error(502, answer.error.message);  // no answer at all
//   response.status(answer->status).json(answer->body);             // 404 and 500 are answers too
#pragma once

#include "call.hpp"

namespace berth {

/// An outbound request.
struct Outbound {
  std::string url;
  std::string method = "GET";
  Headers headers = {};
  std::string body = {};
  int64_t timeout_ms = 0;          ///< 0: the host's limit
  bool follow_redirects = true;
};

/// The answer to one.
struct Inbound {
  int64_t status = 0;
  Headers headers;
  std::string body;
  int64_t stream = 0;

  std::string_view header(std::string_view name) const { return header_of(headers, name); }
};

namespace detail {
inline Result<Inbound> exchange(const Writer& message) {
  Answer answer;
  call(message, answer);
  Result<Inbound> result{{}, std::move(answer.error)};
  if (result) members(answer, [&](std::string_view key, Reader& reader) {
    if (key == "status") result->status = reader.integer();
    else if (key == "headers") read_headers(reader, result->headers);
    else if (key == "body") result->body = std::string(reader.text());
    else if (key == "stream") result->stream = reader.integer();
    else reader.skip();
  });
  return result;
}
}  // namespace detail

/// Sends a request and waits for the whole answer. A status of 400 or more is no error.
[[nodiscard]] inline Result<Inbound> fetch(const Outbound& outbound) {
  Writer message;
  raw::http_fetch(message, outbound.url, outbound.method, outbound.headers, outbound.body, outbound.timeout_ms,
                  outbound.follow_redirects ? "follow" : "manual", false);
  return detail::exchange(message);
}

/// The same with GET.
[[nodiscard]] inline Result<Inbound> fetch(std::string_view url) {
  Outbound outbound;
  outbound.url = url;
  return fetch(outbound);
}

/// An answer whose body is read piece by piece:
/// `berth::FetchStream stream(outbound); if (!stream.head) …; while (stream.read(piece)) …`
class FetchStream {
 public:
  explicit FetchStream(const Outbound& outbound) {
    Writer message;
    raw::http_fetch(message, outbound.url, outbound.method, outbound.headers, outbound.body, outbound.timeout_ms,
                    outbound.follow_redirects ? "follow" : "manual", true);
    head = detail::exchange(message);
  }
  FetchStream(const FetchStream&) = delete;
  FetchStream& operator=(const FetchStream&) = delete;

  ~FetchStream() {
    if (!head || ended_) return;
    Writer message;
    raw::http_close(message, head->stream);
    detail::done(message);
  }

  /// Status and headers, or why there is no answer.
  Result<Inbound> head;

  /// The next piece; false at the end or on an error, which `error` then tells.
  bool read(std::string& piece, int64_t max = 65536) {
    if (!head || ended_) return false;
    Writer message;
    raw::http_read(message, head->stream, max);
    detail::Answer answer;
    detail::call(message, answer);
    error = std::move(answer.error);
    if (error.code != Code::none) ended_ = true;
    piece.clear();
    detail::members(answer, [&](std::string_view key, Reader& reader) {
      if (key == "data") piece.assign(reader.text());
      else if (key == "ended") ended_ = reader.boolean();
      else reader.skip();
    });
    return !piece.empty();
  }

  Error error;

 private:
  bool ended_ = false;
};

/// Calls another service of the device; `path` begins with a slash below its base path.
inline Result<Inbound> call_service(std::string_view service, std::string_view path, const Outbound& outbound = {}) {
  Writer message;
  raw::service_call(message, service, path, outbound.method, outbound.headers, outbound.body, outbound.timeout_ms);
  return detail::exchange(message);
}

}  // namespace berth
