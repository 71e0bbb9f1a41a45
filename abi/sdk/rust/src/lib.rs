//! Write services for Berth in Rust: routes, storage, outbound requests, files, WebSockets, logs. No dependencies.
//!
//! ```ignore
//! fn setup(app: &mut berth::App) {
//!     app.get("/", |_request, response| response.text("hello"));
//! }
//! berth::service!(setup);
//! ```
pub mod app;
mod call;
pub mod fetch;
pub mod form;
pub mod http;
pub mod json;
pub mod log;
pub mod msgpack;
#[rustfmt::skip] // generated
pub mod raw;
pub mod storage;
pub mod websocket;

pub use app::{App, Handler};
pub use call::{Error, Result};
pub use fetch::{call_service, fetch, FetchStream, Inbound, Outbound};
pub use http::{Request, Response};
pub use json::Json;
pub use log::{config, secret};
pub use msgpack::Value;
pub use raw::Code;
