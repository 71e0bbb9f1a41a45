// The service's log, configuration and secrets.
//
//   berth::log::info("paid", {{"order", id}, {"amount", std::to_string(amount)}});
//   auto token = berth::config::secret("API_TOKEN");
//   if (!token || !token->found) return response.error(503, "no API_TOKEN is set");
#pragma once

#include <initializer_list>

#include "call.hpp"

namespace berth {

namespace log {

/// A named value of a line.
using Field = std::pair<std::string_view, std::string_view>;

inline void write(std::string_view level, std::string_view text, std::initializer_list<Field> fields = {}) {
  Writer named;
  named.map(fields.size());
  for (const auto& [name, value] : fields) {
    named.text(name);
    named.text(value);
  }
  Writer message;
  raw::log_write(message, level, text, Encoded{named.bytes()});
  raw::api_request(0, message.bytes().data(), uint32_t(message.bytes().size()));
}

inline void debug(std::string_view text, std::initializer_list<Field> fields = {}) { write("debug", text, fields); }
inline void info(std::string_view text, std::initializer_list<Field> fields = {}) { write("info", text, fields); }
inline void warn(std::string_view text, std::initializer_list<Field> fields = {}) { write("warn", text, fields); }
inline void error(std::string_view text, std::initializer_list<Field> fields = {}) { write("error", text, fields); }

}  // namespace log

namespace config {

/// What a look-up gave.
struct Entry {
  bool found = false;
  std::string value;
};

namespace detail {
inline Result<Entry> look_up(const Writer& message) {
  berth::detail::Answer answer;
  berth::detail::call(message, answer);
  Result<Entry> result{{}, std::move(answer.error)};
  if (result) berth::detail::members(answer, [&](std::string_view key, Reader& reader) {
    if (key == "found") result->found = reader.boolean();
    else if (key == "value") result->value = std::string(reader.text());
    else reader.skip();
  });
  return result;
}
}  // namespace detail

/// A value of the deployment's configuration (the env capability).
inline Result<Entry> get(std::string_view key) {
  Writer message;
  raw::config_get(message, key);
  return detail::look_up(message);
}

/// A secret that the operator set and the manifest names (the env capability).
inline Result<Entry> secret(std::string_view key) {
  Writer message;
  raw::secret_get(message, key);
  return detail::look_up(message);
}

}  // namespace config
}  // namespace berth
