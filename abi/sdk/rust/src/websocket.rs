//! WebSocket connections of the service (the websocket capability); events come through [`crate::App::websocket`].
//!
//! ```ignore
//! app.websocket("/rooms/:room", |request, _response| {
//!     if request.event == "websocket.message" {
//!         let _ = berth::websocket::publish("somebody said something", "/rooms");
//!     }
//! });
//! ```
use crate::call::{call, done, Result};
use crate::msgpack::Value;
use crate::raw;

/// Sends a text message to one connection.
pub fn send(connection: &str, text: &str) -> Result<()> {
    done(&raw::websocket_send(connection, Value::Text(text)))
}

/// Sends a binary message to one connection.
pub fn send_binary(connection: &str, bytes: &[u8]) -> Result<()> {
    done(&raw::websocket_send(connection, Value::Bytes(bytes)))
}

/// Sends a text message to every connection whose path begins so ("": all); says to how many.
pub fn publish(text: &str, path: &str) -> Result<i64> {
    publish_value(Value::Text(text), path)
}

/// The same with a binary message.
pub fn publish_binary(bytes: &[u8], path: &str) -> Result<i64> {
    publish_value(Value::Bytes(bytes), path)
}

fn publish_value(value: Value, path: &str) -> Result<i64> {
    let mut sent = 0;
    call(&raw::websocket_publish(path, value), |_, reader| sent = reader.integer())?;
    Ok(sent)
}

/// Closes a connection; `code` is 1000, or 3000 to 4999.
pub fn close(connection: &str, code: i64, reason: &str) -> Result<()> {
    done(&raw::websocket_close(connection, code, reason))
}
