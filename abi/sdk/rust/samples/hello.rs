//! Hello: routes, path parameters, query, a status of its own.
use berth::App;

fn setup(app: &mut App) {
    app.get("/", |_request, response| response.text("hello from Rust"));

    app.get("/hello/:name", |request, response| {
        let greeting = request.query("greeting").unwrap_or_else(|| "hello".to_string());
        response.text(&(greeting + " " + &request.param("name")));
    });

    app.post("/echo", |request, response| {
        let body = request.whole_body();
        response.status(201).header("x-length", &body.len().to_string());
        response.header("set-cookie", "a=1").header("set-cookie", "b=2");
        let content_type = request.header("content-type");
        response.send(&body, if content_type.is_empty() { "application/octet-stream" } else { content_type });
    });
}

berth::service!(setup);
