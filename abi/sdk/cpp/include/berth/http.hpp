// The request that a service is asked, and the answer that it gives.
#pragma once

#include "call.hpp"

namespace berth {

/// Turns %XX and, in queries, + back into bytes; what is malformed stays as it is.
inline std::string decode_url(std::string_view text, bool plus_is_space = false) {
  auto digit = [](char letter) {
    if (letter >= '0' && letter <= '9') return letter - '0';
    letter = detail::lower(letter);
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
  };
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size(); at++) {
    if (text[at] == '%' && at + 2 < text.size() && digit(text[at + 1]) >= 0 && digit(text[at + 2]) >= 0) {
      out.push_back(char(digit(text[at + 1]) * 16 + digit(text[at + 2])));
      at += 2;
    } else {
      out.push_back(plus_is_space && text[at] == '+' ? ' ' : text[at]);
    }
  }
  return out;
}

/// Names and values as they lie in an event: looked through when asked, never copied.
class Pairs {
 public:
  Pairs() = default;
  explicit Pairs(std::string_view bytes) : bytes_(bytes) {}

  /// Calls `each(name, value)` for every pair.
  template <class Each>
  void each(Each each) const {
    Reader reader(bytes_);
    for (size_t left = bytes_.empty() ? 0 : reader.map(); left > 0 && !reader.failed(); left--) {
      std::string_view name = reader.text();
      each(name, reader.text());
    }
  }

  /// The value of a name, whatever its case; empty when there is none.
  std::string_view get(std::string_view name) const {
    Reader reader(bytes_);
    for (size_t left = bytes_.empty() ? 0 : reader.map(); left > 0 && !reader.failed(); left--) {
      std::string_view key = reader.text();
      std::string_view value = reader.text();
      if (detail::same_name(key, name)) return value;
    }
    return {};
  }

 private:
  std::string_view bytes_;
};

/// One request. Its texts are views that hold as long as it does.
class Request {
 public:
  std::string_view method() const { return method_; }
  /// Path and query as they came.
  std::string_view url() const { return url_; }
  /// The path below the service's base path, always with a leading slash, still escaped.
  std::string_view path() const { return path_; }
  /// The part of the body that has arrived: all of it unless `more()`.
  std::string_view body() const { return body_; }
  /// What happened: `http.request`; `websocket.open`, `websocket.message`, `websocket.close` for `App::websocket`.
  std::string_view event() const { return event_; }
  /// Whether it happened on a WebSocket connection.
  bool is_socket() const { return event_.substr(0, 10) == "websocket."; }
  /// The connection's name, for `berth::websocket`; empty for a request of HTTP.
  std::string_view connection() const { return is_socket() ? header("x-berth-connection") : std::string_view(); }
  /// Whether a WebSocket message is binary.
  bool binary() const { return is_socket() && header("x-berth-message") == "binary"; }
  /// Whether `read` has more of the body.
  bool more() const { return more_; }

  /// A header by name, whatever its case; empty when absent.
  std::string_view header(std::string_view name) const { return headers_.get(name); }
  /// All headers.
  const Pairs& headers() const { return headers_; }

  /// A parameter of the route's path (`/users/:id`), unescaped; empty when there is none.
  std::string param(std::string_view name) const {
    for (const auto& [key, value] : params_) {
      if (key == name) return decode_url(value);
    }
    return {};
  }

  /// A parameter of the query, unescaped; `fallback` when absent.
  std::string query(std::string_view name, std::string_view fallback = {}) const {
    std::string_view rest = query_;
    while (!rest.empty()) {
      size_t end = rest.find('&');
      std::string_view pair = rest.substr(0, end);
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
      size_t equals = pair.find('=');
      if (decode_url(pair.substr(0, equals), true) != name) continue;
      return equals == std::string_view::npos ? std::string() : decode_url(pair.substr(equals + 1), true);
    }
    return std::string(fallback);
  }

  /// A whole number of the query; `fallback` when absent or no number.
  int64_t query_number(std::string_view name, int64_t fallback) const {
    std::string text = query(name);
    bool negative = !text.empty() && text[0] == '-';
    int64_t number = 0;
    size_t at = negative ? 1 : 0;
    if (at == text.size() || text.size() - at > 18) return fallback;
    for (; at < text.size(); at++) {
      if (text[at] < '0' || text[at] > '9') return fallback;
      number = number * 10 + (text[at] - '0');
    }
    return negative ? -number : number;
  }

  /// What the device tells of itself and the service: `nodeId`, `apiRoot`, `httpPort` …
  std::string_view info(std::string_view name) const { return info_.get(name); }
  /// The deployment's configuration, as far as the manifest lets the service see it.
  std::string_view env(std::string_view name) const { return env_.get(name); }

  /// The next piece of a body that had not arrived; false at its end.
  bool read(std::string& piece, int64_t max = 65536) {
    if (!more_) return false;
    Writer message;
    raw::request_read(message, max);
    detail::Answer answer;
    detail::call(message, answer);
    piece.clear();
    if (answer.error.code != Code::none) more_ = false;
    detail::members(answer, [&](std::string_view key, Reader& reader) {
      if (key == "data") piece.assign(reader.text());
      else if (key == "ended") more_ = !reader.boolean();
      else reader.skip();
    });
    return !piece.empty();
  }

  /// The whole body, read to its end.
  std::string whole_body() {
    std::string whole(body_);
    std::string piece;
    while (read(piece)) whole += piece;
    return whole;
  }

  /// Reads an event; false when it is none.
  bool parse(std::string_view event);

 private:
  friend class App;
  using Params = std::vector<std::pair<std::string_view, std::string_view>>;

  std::string_view event_, method_, url_, path_, query_, body_;
  Pairs headers_, info_, env_;
  Params params_;
  bool more_ = false;

  void read_request(Reader& reader) {
    for (size_t left = reader.map(); left > 0 && !reader.failed(); left--) {
      std::string_view key = reader.text();
      if (key == "url") url_ = reader.text();
      else if (key == "method") method_ = reader.text();
      else if (key == "headers") headers_ = Pairs(reader.skip());
      else if (key == "more") more_ = reader.boolean();
      else if (key == "jsonBody") body_ = reader.text();
      else reader.skip();
    }
  }

  void read_context(Reader& reader) {
    for (size_t left = reader.map(); left > 0 && !reader.failed(); left--) {
      std::string_view key = reader.text();
      if (key == "info") info_ = Pairs(reader.skip());
      else if (key == "env") env_ = Pairs(reader.skip());
      else reader.skip();
    }
  }
};

inline bool Request::parse(std::string_view event) {
  Reader reader(event);
  for (size_t left = reader.map(); left > 0 && !reader.failed(); left--) {
    std::string_view member = reader.text();
    if (member == "method") event_ = reader.text();
    else if (member != "params") reader.skip();
    if (member != "params") continue;
    for (size_t inner = reader.map(); inner > 0 && !reader.failed(); inner--) {
      std::string_view key = reader.text();
      if (key == "request") read_request(reader);
      else if (key == "context") read_context(reader);
      else reader.skip();
    }
  }
  size_t question = url_.find('?');
  path_ = url_.substr(0, question);
  query_ = question == std::string_view::npos ? std::string_view() : url_.substr(question + 1);
  std::string_view root = info("apiRoot");
  if (!root.empty() && path_.substr(0, root.size()) == root &&
      (path_.size() == root.size() || path_[root.size()] == '/')) {
    path_ = path_.substr(root.size());
  }
  if (path_.empty()) path_ = "/";
  return !reader.failed();
}

/// The answer. Set the status and headers first, then send once, or start, write and end.
class Response {
 public:
  Response& status(int64_t status) {
    status_ = status;
    return *this;
  }

  /// Adds a header; a name may be added again (`set-cookie`).
  Response& header(std::string_view name, std::string_view value) {
    headers_.emplace_back(std::string(name), std::string(value));
    return *this;
  }

  /// Sends a body with its type.
  void send(std::string_view body, std::string_view type) {
    Writer message;
    raw::response_send(message, body, status_, type, {}, headers_);
    post(message);
  }

  void text(std::string_view body) { send(body, "text/plain;charset=UTF-8"); }
  void html(std::string_view body) { send(body, "text/html; charset=utf-8"); }
  /// Sends text that is JSON already; see json.hpp for values.
  void json(std::string_view body) { send(body, "application/json"); }
  template <class Value>
  auto json(const Value& value) -> decltype(value.dump(), void()) {
    json(std::string_view(value.dump()));
  }

  /// Sends a file of a mount (the files capability).
  Done file(std::string_view path, std::string_view type = {}) {
    Writer message;
    raw::response_send(message, {}, status_, type, path, headers_);
    sent_ = true;
    return detail::done(message);
  }

  /// Sends status and a text as JSON: `{"error": …}`.
  void error(int64_t status, std::string_view text);

  /// Begins an answer in pieces.
  Done start(std::string_view type) {
    header("content-type", type);
    Writer message;
    raw::response_start(message, status_, headers_);
    sent_ = true;
    return detail::done(message);
  }

  /// Sends a piece; false when the client has left.
  bool write(std::string_view piece) {
    Writer message;
    raw::response_write(message, piece);
    detail::Answer answer;
    detail::call(message, answer);
    bool open = false;
    detail::members(answer, [&](std::string_view, Reader& reader) { open = reader.boolean(); });
    return open;
  }

  void end() {
    Writer message;
    raw::response_end(message);
    detail::done(message);
  }

  /// Whether something was sent.
  bool sent() const { return sent_; }

 private:
  int64_t status_ = 200;
  Headers headers_;
  bool sent_ = false;

  void post(const Writer& message) {
    sent_ = true;
    raw::api_request(0, message.bytes().data(), uint32_t(message.bytes().size()));
  }
};

namespace detail {
/// A text as a JSON string, quotes included.
inline void quote(std::string& out, std::string_view text) {
  out.push_back('"');
  for (char letter : text) {
    uint8_t byte = uint8_t(letter);
    if (letter == '"' || letter == '\\') {
      out.push_back('\\');
      out.push_back(letter);
    } else if (byte >= 0x20) {
      out.push_back(letter);
    } else {
      const char* digits = "0123456789abcdef";
      out += "\\u00";
      out.push_back(digits[byte >> 4]);
      out.push_back(digits[byte & 15]);
    }
  }
  out.push_back('"');
}
}  // namespace detail

inline void Response::error(int64_t status, std::string_view text) {
  std::string body = "{\"error\":";
  detail::quote(body, text);
  body.push_back('}');
  this->status(status).json(std::string_view(body));
}

}  // namespace berth
