// WebSocket connections of the service (the websocket capability); events come through `App::websocket`.
//
//   app.websocket("/rooms/:room", [](berth::Request& request, berth::Response& response) {
//     if (request.event() != "websocket.message") return;
//     berth::websocket::publish(request.whole_body(), "/rooms/" + request.param("room"));
//   });
#pragma once

#include "call.hpp"

namespace berth {
namespace websocket {

/// Sends a text message to one connection.
inline Done send(std::string_view connection, std::string_view text) {
  Writer message;
  raw::websocket_send(message, connection, {text, false});
  return berth::detail::done(message);
}

/// Sends a binary message to one connection.
inline Done send_binary(std::string_view connection, std::string_view bytes) {
  Writer message;
  raw::websocket_send(message, connection, {bytes, true});
  return berth::detail::done(message);
}

namespace detail {
inline Result<int64_t> publish(std::string_view path, const Value& data) {
  Writer message;
  raw::websocket_publish(message, path, data);
  berth::detail::Answer answer;
  berth::detail::call(message, answer);
  Result<int64_t> result{0, std::move(answer.error)};
  if (result) berth::detail::members(answer, [&](std::string_view, Reader& reader) { *result = reader.integer(); });
  return result;
}
}  // namespace detail

/// Sends a text message to every connection whose path begins so (empty: all); to how many.
inline Result<int64_t> publish(std::string_view text, std::string_view path = {}) {
  return detail::publish(path, {text, false});
}

/// The same with a binary message.
inline Result<int64_t> publish_binary(std::string_view bytes, std::string_view path = {}) {
  return detail::publish(path, {bytes, true});
}

/// Closes a connection; `code` is 1000, or 3000 to 4999.
inline Done close(std::string_view connection, int64_t code = 1000, std::string_view reason = {}) {
  Writer message;
  raw::websocket_close(message, connection, code, reason);
  return berth::detail::done(message);
}

}  // namespace websocket
}  // namespace berth
