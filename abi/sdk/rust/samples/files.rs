//! Files: uploads into a mount, downloads from it, server-sent events.
use berth::{form, App, Code, Json, Response};

fn upload(response: &mut Response) -> Result<(), (i64, String)> {
    let mut stored = Json::list();
    while let Some(part) = form::next().map_err(|error| (400, error.name + ": " + &error.message))? {
        if !part.file {
            let value = String::from_utf8_lossy(&part.value).into_owned();
            stored.push(Json::object().set("name", part.name).set("value", value));
            continue;
        }
        // The field's name is ours to choose in the form; the file name is the client's and no path to trust.
        let path = "/data/".to_string() + &part.name;
        let size =
            form::store(&path).map_err(|error| (if error.code == Code::Denied { 403 } else { 500 }, error.name))?;
        stored.push(Json::object().set("name", part.name).set("filename", part.filename).set("size", size));
    }
    response.status(201).json(&stored.dump());
    Ok(())
}

fn setup(app: &mut App) {
    app.post("/upload", |_request, response| {
        if let Err((status, text)) = upload(response) {
            response.error(status, &text);
        }
    });

    app.get("/files/:name", |request, response| {
        let path = "/data/".to_string() + &request.param("name");
        if let Err(error) = response.file(&path, "application/octet-stream") {
            response.error(if error.code == Code::Noent { 404 } else { 403 }, &error.name);
        }
    });

    app.get("/events", |request, response| {
        let count: i64 = request.query("count").and_then(|text| text.parse().ok()).unwrap_or(3);
        if response.header("cache-control", "no-store").start("text/event-stream").is_err() {
            return;
        }
        for at in 1..=count {
            if !response.write(("data: ".to_string() + &at.to_string() + "\n\n").as_bytes()) {
                return;
            }
        }
        let _ = response.end();
    });
}

berth::service!(setup);
