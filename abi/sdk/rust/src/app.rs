//! Routes.
use crate::http::{Request, Response};

/// No client's method can be this.
const SOCKET: &str = "(websocket)";

/// Answers a request.
pub type Handler = fn(&mut Request, &mut Response);

/// The service: routes in the order in which they were added, the first that fits is taken.
#[derive(Default)]
pub struct App {
    routes: Vec<(&'static str, &'static str, Handler)>,
}

impl App {
    pub fn get(&mut self, pattern: &'static str, handler: Handler) -> &mut Self {
        self.on("GET", pattern, handler)
    }

    pub fn post(&mut self, pattern: &'static str, handler: Handler) -> &mut Self {
        self.on("POST", pattern, handler)
    }

    pub fn put(&mut self, pattern: &'static str, handler: Handler) -> &mut Self {
        self.on("PUT", pattern, handler)
    }

    pub fn patch(&mut self, pattern: &'static str, handler: Handler) -> &mut Self {
        self.on("PATCH", pattern, handler)
    }

    pub fn delete(&mut self, pattern: &'static str, handler: Handler) -> &mut Self {
        self.on("DELETE", pattern, handler)
    }

    /// Any method.
    pub fn all(&mut self, pattern: &'static str, handler: Handler) -> &mut Self {
        self.on("", pattern, handler)
    }

    /// Events of WebSocket connections at this path: `request.event` says which. To refuse one that opens answer with
    /// a status of 300 or more; other answers may be left out.
    pub fn websocket(&mut self, pattern: &'static str, handler: Handler) -> &mut Self {
        self.on(SOCKET, pattern, handler)
    }

    /// `pattern` is made of parts: plain text, `:name` for one part, `*` at the end for the rest (param `*`).
    pub fn on(&mut self, method: &'static str, pattern: &'static str, handler: Handler) -> &mut Self {
        self.routes.push((method, pattern, handler));
        self
    }

    /// Handles one event.
    pub fn handle(&self, event: &[u8]) {
        let mut request = Request::parse(event);
        let mut response = Response::default();
        let mut other_method = false;
        let asked = if request.is_socket() { SOCKET } else { request.method };
        for (method, pattern, handler) in &self.routes {
            request.params.clear();
            if !fits(pattern, request.path, &mut request.params) {
                continue;
            }
            let any = method.is_empty() && asked != SOCKET;
            if any || *method == asked || (asked == "HEAD" && *method == "GET") {
                return handler(&mut request, &mut response);
            }
            other_method = true;
        }
        if other_method {
            response.error(405, "method not allowed");
        } else {
            response.error(404, "not found");
        }
    }
}

fn fits<'a>(pattern: &'static str, path: &'a str, params: &mut Vec<(&'a str, &'a str)>) -> bool {
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    for wanted in pattern.split('/').filter(|part| !part.is_empty()) {
        let part = parts.next();
        if wanted == "*" {
            let rest = part.map_or("", |part| &path[part.as_ptr() as usize - path.as_ptr() as usize..]);
            params.push((wanted, rest));
            return true;
        }
        match part {
            None => return false,
            Some(part) if wanted.starts_with(':') => params.push((&wanted[1..], part)),
            Some(part) if part != wanted => return false,
            Some(_) => {}
        }
    }
    parts.next().is_none()
}

/// Called by the exports that [`crate::service!`] makes.
pub fn on_event(reference: i64, length: u32, setup: fn(&mut App)) {
    let mut app = App::default();
    setup(&mut app);
    app.handle(&crate::raw::event(reference, length));
}

/// Defines the service, once in a crate: `berth::service!(setup);` with `fn setup(app: &mut App)`.
#[macro_export]
macro_rules! service {
    ($setup:expr) => {
        #[no_mangle]
        pub extern "C" fn berth_abi_1() {}

        #[no_mangle]
        pub extern "C" fn mk_module_on_event(reference: i64, length: u32) {
            $crate::app::on_event(reference, length, $setup);
        }
    };
}
