//! Chat: WebSocket connections, messages to one and to all of a room, calls to another service.
use berth::{websocket, App, Request, Response};

fn room_event(request: &mut Request, response: &mut Response) {
    let room = format!("/rooms/{}", request.param("room"));
    let name = request.query("name").unwrap_or_default();
    // What fails here fails for a client that has left or does not keep up: there is nobody to tell.
    let _ = match request.event {
        "websocket.open" if name.is_empty() => return response.error(401, "say your name: ?name=…"),
        "websocket.open" => websocket::send(request.connection(), &format!("welcome {name}")),
        "websocket.message" if request.binary() => {
            let body = request.whole_body();
            websocket::send_binary(request.connection(), &body)
        }
        "websocket.message" => {
            let text = String::from_utf8_lossy(&request.whole_body()).into_owned();
            websocket::publish(&format!("{name}: {text}"), &room).map(drop)
        }
        _ => websocket::publish(&format!("{name} left"), &room).map(drop),
    };
}

fn setup(app: &mut App) {
    app.websocket("/rooms/:room", room_event);

    app.post("/kick/:connection", |request, response| {
        match websocket::close(&request.param("connection"), 4001, "kicked") {
            Ok(()) => response.text("kicked"),
            Err(error) => response.text(&error.name),
        }
    });

    app.get("/ask/:service", |request, response| {
        match berth::call_service(&request.param("service"), "/hello/chat?greeting=hi", "GET", &[]) {
            Ok(answer) => response.status(answer.status).text(&String::from_utf8_lossy(&answer.body)),
            Err(error) => response.error(502, &error.name),
        }
    });
}

berth::service!(setup);
