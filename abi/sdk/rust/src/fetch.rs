//! Outbound requests (the http capability) and calls to other services of the device (the services capability).
//!
//! ```ignore
//! match berth::fetch(&Outbound::get("https://api.example.com/users/7")) {
//!     Err(error) => response.error(502, &error.message), // no answer at all
//!     Ok(answer) => response.status(answer.status).send(&answer.body, answer.header("content-type")),
//! }
//! ```
use crate::call::{call, done, Error, Result};
use crate::msgpack::{Reader, Writer};
use crate::raw;

/// An outbound request.
pub struct Outbound<'a> {
    pub url: &'a str,
    pub method: &'a str,
    pub headers: &'a [(String, String)],
    pub body: &'a [u8],
    /// 0: the host's limit.
    pub timeout_ms: i64,
    pub follow_redirects: bool,
}

impl<'a> Outbound<'a> {
    /// A GET.
    pub fn get(url: &'a str) -> Self {
        Outbound { url, method: "GET", headers: &[], body: &[], timeout_ms: 0, follow_redirects: true }
    }

    fn message(&self, stream: bool) -> Writer {
        let redirects = if self.follow_redirects { "follow" } else { "manual" };
        raw::http_fetch(self.url, self.method, self.headers, self.body, self.timeout_ms, redirects, stream)
    }
}

/// The answer to one. A status of 400 or more is no error.
#[derive(Clone, Debug, Default)]
pub struct Inbound {
    pub status: i64,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    stream: i64,
}

impl Inbound {
    /// The first header with this name, whatever its case; empty when there is none.
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value)
    }

    fn member(&mut self, key: &str, reader: &mut Reader) {
        match key {
            "status" => self.status = reader.integer(),
            "body" => self.body = reader.data().to_vec(),
            "stream" => self.stream = reader.integer(),
            "headers" => {
                for _ in 0..reader.list() {
                    reader.list();
                    let name = reader.text().to_string();
                    self.headers.push((name, reader.text().to_string()));
                }
            }
            _ => {
                reader.skip();
            }
        }
    }
}

fn exchange(message: &Writer) -> Result<Inbound> {
    let mut inbound = Inbound::default();
    call(message, |key, reader| inbound.member(key, reader))?;
    Ok(inbound)
}

/// Sends a request and waits for the whole answer.
pub fn fetch(outbound: &Outbound) -> Result<Inbound> {
    exchange(&outbound.message(false))
}

/// Calls another service of the device; `path` begins with a slash below its base path.
pub fn call_service(service: &str, path: &str, method: &str, body: &[u8]) -> Result<Inbound> {
    exchange(&raw::service_call(service, path, method, &[], body, 0))
}

/// An answer whose body is read piece by piece; closed when dropped.
pub struct FetchStream {
    /// Status and headers.
    pub head: Inbound,
    /// Why reading stopped before the end.
    pub error: Option<Error>,
    ended: bool,
}

impl FetchStream {
    /// Sends a request and waits for the head of its answer.
    pub fn open(outbound: &Outbound) -> Result<Self> {
        Ok(FetchStream { head: exchange(&outbound.message(true))?, error: None, ended: false })
    }

    /// The next piece; `None` at the end or on an error.
    pub fn read(&mut self, max: i64) -> Option<Vec<u8>> {
        if self.ended {
            return None;
        }
        let (mut data, mut ended) = (Vec::new(), false);
        let outcome = call(&raw::http_read(self.head.stream, max), |key, reader| match key {
            "data" => data = reader.data().to_vec(),
            "ended" => ended = reader.boolean(),
            _ => {
                reader.skip();
            }
        });
        self.ended = ended || outcome.is_err();
        self.error = outcome.err();
        (!data.is_empty()).then(|| data)
    }
}

impl Drop for FetchStream {
    fn drop(&mut self) {
        if !self.ended {
            let _ = done(&raw::http_close(self.head.stream));
        }
    }
}
