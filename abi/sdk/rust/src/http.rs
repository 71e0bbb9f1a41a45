//! The request that a service is asked, and the answer that it gives.
use crate::call::{call, done, members, Result};
use crate::msgpack::Reader;
use crate::raw;

/// Turns %XX and, in queries, + back into text; what is malformed stays as it is.
pub fn decode_url(text: &str, plus_is_space: bool) -> String {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).and_then(|byte| (*byte as char).to_digit(16));
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match (bytes[at], digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 2;
            }
            (b'+', _, _) if plus_is_space => out.push(b' '),
            (byte, _, _) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Names and values as they lie in an event: looked through when asked.
#[derive(Clone, Copy, Default)]
pub struct Pairs<'a>(&'a [u8]);

impl<'a> Pairs<'a> {
    /// The value of a name, whatever its case; empty when there is none.
    pub fn get(&self, name: &str) -> &'a str {
        let mut found = "";
        self.each(|key, value| {
            if found.is_empty() && key.eq_ignore_ascii_case(name) {
                found = value;
            }
        });
        found
    }

    /// Calls `each` for every pair.
    pub fn each(&self, mut each: impl FnMut(&'a str, &'a str)) {
        if self.0.is_empty() {
            return;
        }
        members(&mut Reader::new(self.0), |key, reader| each(key, reader.text()));
    }
}

/// One request.
#[derive(Default)]
pub struct Request<'a> {
    /// What happened: `http.request`; `websocket.open`, `websocket.message`, `websocket.close` for `App::websocket`.
    pub event: &'a str,
    pub method: &'a str,
    /// Path and query as they came.
    pub url: &'a str,
    /// The path below the service's base path, with its leading slash, still escaped.
    pub path: &'a str,
    pub headers: Pairs<'a>,
    /// The part of the body that has arrived: all of it unless `more`.
    pub body: &'a [u8],
    /// Whether `read` has more of the body.
    pub more: bool,
    /// What the device tells of itself and the service: `nodeId`, `apiRoot`, `httpPort` …
    pub info: Pairs<'a>,
    /// The deployment's configuration, as far as the manifest lets the service see it.
    pub env: Pairs<'a>,
    pub(crate) params: Vec<(&'a str, &'a str)>,
    query: &'a str,
}

impl<'a> Request<'a> {
    pub(crate) fn parse(event: &'a [u8]) -> Self {
        let mut request = Request { path: "/", ..Default::default() };
        members(&mut Reader::new(event), |key, reader| {
            if key == "method" {
                request.event = reader.text();
                return;
            }
            if key != "params" {
                reader.skip();
                return;
            }
            members(reader, |_part, reader| {
                members(reader, |key, reader| match key {
                    "url" => request.url = reader.text(),
                    "method" => request.method = reader.text(),
                    "headers" => request.headers = Pairs(reader.skip()),
                    "more" => request.more = reader.boolean(),
                    "jsonBody" => request.body = reader.data(),
                    "info" => request.info = Pairs(reader.skip()),
                    "env" => request.env = Pairs(reader.skip()),
                    _ => {
                        reader.skip();
                    }
                })
            })
        });
        request.split_url();
        request
    }

    fn split_url(&mut self) {
        let (path, query) = self.url.split_once('?').unwrap_or((self.url, ""));
        self.query = query;
        let root = self.info.get("apiRoot");
        let below = path.strip_prefix(root).filter(|rest| rest.is_empty() || rest.starts_with('/')).unwrap_or(path);
        self.path = if below.is_empty() { "/" } else { below };
    }

    /// Whether it happened on a WebSocket connection.
    pub fn is_socket(&self) -> bool {
        self.event.starts_with("websocket.")
    }

    /// The connection's name, for [`crate::websocket`]; empty for a request of HTTP.
    pub fn connection(&self) -> &'a str {
        if self.is_socket() {
            self.header("x-berth-connection")
        } else {
            ""
        }
    }

    /// Whether a WebSocket message is binary.
    pub fn binary(&self) -> bool {
        self.is_socket() && self.header("x-berth-message") == "binary"
    }

    /// A header by name, whatever its case; empty when absent.
    pub fn header(&self, name: &str) -> &'a str {
        self.headers.get(name)
    }

    /// A parameter of the route's path (`/users/:id`), unescaped; empty when there is none.
    pub fn param(&self, name: &str) -> String {
        let found = self.params.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| decode_url(value, false)).unwrap_or_default()
    }

    /// A parameter of the query, unescaped.
    pub fn query(&self, name: &str) -> Option<String> {
        self.query.split('&').find_map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (!pair.is_empty() && decode_url(key, true) == name).then(|| decode_url(value, true))
        })
    }

    /// The next piece of a body that had not arrived; `None` at its end.
    pub fn read(&mut self, max: i64) -> Option<Vec<u8>> {
        if !self.more {
            return None;
        }
        let (mut data, mut ended) = (Vec::new(), true);
        let outcome = call(&raw::request_read(max), |key, reader| match key {
            "data" => data = reader.data().to_vec(),
            "ended" => ended = reader.boolean(),
            _ => {
                reader.skip();
            }
        });
        self.more = outcome.is_ok() && !ended;
        (!data.is_empty()).then(|| data)
    }

    /// The whole body, read to its end.
    pub fn whole_body(&mut self) -> Vec<u8> {
        let mut whole = self.body.to_vec();
        while let Some(piece) = self.read(65_536) {
            whole.extend_from_slice(&piece);
        }
        whole
    }
}

/// The answer. Set the status and headers first, then send once, or start, write and end.
pub struct Response {
    status: i64,
    headers: Vec<(String, String)>,
}

impl Default for Response {
    fn default() -> Self {
        Response { status: 200, headers: Vec::new() }
    }
}

impl Response {
    pub fn status(&mut self, status: i64) -> &mut Self {
        self.status = status;
        self
    }

    /// Adds a header; a name may be added again (`set-cookie`).
    pub fn header(&mut self, name: &str, value: &str) -> &mut Self {
        self.headers.push((name.to_string(), value.to_string()));
        self
    }

    /// Sends a body with its type.
    pub fn send(&mut self, body: &[u8], content_type: &str) {
        raw::post(&raw::response_send(body, self.status, content_type, "", &self.headers));
    }

    pub fn text(&mut self, body: &str) {
        self.send(body.as_bytes(), "text/plain;charset=UTF-8");
    }

    pub fn html(&mut self, body: &str) {
        self.send(body.as_bytes(), "text/html; charset=utf-8");
    }

    /// Sends text that is JSON; see [`crate::Json`].
    pub fn json(&mut self, body: &str) {
        self.send(body.as_bytes(), "application/json");
    }

    /// Sends a file of a mount (the files capability).
    pub fn file(&mut self, path: &str, content_type: &str) -> Result<()> {
        done(&raw::response_send(&[], self.status, content_type, path, &self.headers))
    }

    /// Sends a status and a text as JSON: `{"error": …}`.
    pub fn error(&mut self, status: i64, text: &str) {
        let mut body = String::from("{\"error\":");
        crate::json::quote(&mut body, text);
        body.push('}');
        self.status(status).json(&body);
    }

    /// Begins an answer in pieces.
    pub fn start(&mut self, content_type: &str) -> Result<()> {
        self.header("content-type", content_type);
        done(&raw::response_start(self.status, &self.headers))
    }

    /// Sends a piece; false when the client has left.
    pub fn write(&mut self, piece: &[u8]) -> bool {
        let mut open = false;
        let outcome = call(&raw::response_write(piece), |_, reader| open = reader.boolean());
        outcome.is_ok() && open
    }

    pub fn end(&mut self) -> Result<()> {
        done(&raw::response_end())
    }
}
