// Calls to the host: one message out, one answer back, in straight-line code.
#pragma once

#include <string>
#include <string_view>

#include "raw.hpp"

namespace berth {

/// A failure, with its text for whoever runs the service.
struct Error {
  Code code = Code::none;
  std::string name;     ///< the code as the host spells it
  std::string message;
};

/// A value, or why there is none.
template <class T>
struct Result {
  T value{};
  Error error;

  explicit operator bool() const { return error.code == Code::none; }
  T* operator->() { return &value; }
  const T* operator->() const { return &value; }
  T& operator*() { return value; }
  const T& operator*() const { return value; }
};

/// A result without a value.
struct Nothing {};
using Done = Result<Nothing>;

namespace detail {

/// An answer of the host: its bytes, and where in them the data or the error begins.
struct Answer {
  std::string bytes;
  Error error;
  std::string_view data;  ///< MessagePack of the result; a view of `bytes`
};

inline void read_error(Reader& reader, Error& error) {
  for (size_t left = reader.map(); left > 0; left--) {
    std::string_view key = reader.text();
    if (key == "message") error.message = std::string(reader.text());
    else if (key == "code") error.name = std::string(reader.text());
    else reader.skip();
  }
  error.code = error.name.empty() ? Code::other : raw::code_of(error.name);
}

inline void open(Answer& answer) {
  Reader reader(answer.bytes);
  for (size_t left = reader.map(); left > 0; left--) {
    if (reader.text() != "params") {
      reader.skip();
      continue;
    }
    for (size_t inner = reader.map(); inner > 0; inner--) {
      std::string_view key = reader.text();
      if (key == "error") read_error(reader, answer.error);
      else if (key == "data") answer.data = reader.skip();
      else reader.skip();
    }
  }
  if (reader.failed()) answer.error = {Code::other, "other", "the host's answer is malformed"};
}

/// Sends a message and waits for its answer.
inline void call(const Writer& message, Answer& answer) {
  answer.bytes.resize(raw::call(message.bytes().data(), uint32_t(message.bytes().size())));
  raw::take(answer.bytes.data());
  open(answer);
}

/// Sends a message whose answer holds nothing.
inline Done done(const Writer& message) {
  Answer answer;
  call(message, answer);
  return {{}, std::move(answer.error)};
}

/// Reads the members of an answer's map: `each(key, reader)` reads or skips one value.
template <class Each>
inline void members(const Answer& answer, Each each) {
  Reader reader(answer.data);
  for (size_t left = reader.map(); left > 0 && !reader.failed(); left--) {
    std::string_view key = reader.text();
    each(key, reader);
  }
}

inline void read_headers(Reader& reader, Headers& headers) {
  for (size_t left = reader.list(); left > 0 && !reader.failed(); left--) {
    reader.list();
    std::string name(reader.text());
    headers.emplace_back(std::move(name), std::string(reader.text()));
  }
}

inline char lower(char letter) { return letter >= 'A' && letter <= 'Z' ? char(letter + 32) : letter; }

inline bool same_name(std::string_view one, std::string_view other) {
  if (one.size() != other.size()) return false;
  for (size_t at = 0; at < one.size(); at++) {
    if (lower(one[at]) != lower(other[at])) return false;
  }
  return true;
}

}  // namespace detail

/// The first header with this name, whatever its case; empty when there is none.
inline std::string_view header_of(const Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (detail::same_name(key, name)) return value;
  }
  return {};
}

}  // namespace berth
