//! Relay: outbound requests, whole and streamed.
use berth::{fetch, App, Code, FetchStream, Outbound};

const OCTETS: &str = "application/octet-stream";

fn or_octets(content_type: &str) -> &str {
    if content_type.is_empty() {
        OCTETS
    } else {
        content_type
    }
}

fn setup(app: &mut App) {
    app.all("/relay", |request, response| {
        let url = request.query("url").unwrap_or_default();
        let body = request.whole_body();
        let headers = [("x-relayed-by".to_string(), "berth".to_string())];
        let outbound = Outbound { method: request.method, headers: &headers, body: &body, ..Outbound::get(&url) };
        match fetch(&outbound) {
            Err(error) => {
                let status = if error.code == Code::Denied { 403 } else { 502 };
                response.error(status, &(error.name + ": " + &error.message));
            }
            Ok(answer) => {
                for (name, value) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
                    response.header(name, value);
                }
                response.status(answer.status).send(&answer.body, or_octets(answer.header("content-type")));
            }
        }
    });

    app.get("/stream", |request, response| {
        let url = request.query("url").unwrap_or_default();
        let mut stream = match FetchStream::open(&Outbound::get(&url)) {
            Err(error) => return response.error(502, &error.name),
            Ok(stream) => stream,
        };
        let content_type = or_octets(stream.head.header("content-type")).to_string();
        if response.status(stream.head.status).start(&content_type).is_err() {
            return;
        }
        while let Some(piece) = stream.read(65_536) {
            if !response.write(&piece) {
                return; // the client has left
            }
        }
        let _ = response.end();
    });
}

berth::service!(setup);
