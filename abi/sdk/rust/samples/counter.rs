//! Counter: storage, JSON, compare-and-set.
use berth::{log, storage, App, Code, Error, Json, Request, Response, Value};

fn key_of(request: &Request) -> String {
    "counter:".to_string() + &request.param("name")
}

fn number(item: &storage::Item) -> i64 {
    item.text().parse().unwrap_or(0)
}

fn fail(response: &mut Response, error: Error) {
    let status = if error.code == Code::Denied { 403 } else { 500 };
    response.error(status, &(error.name + ": " + &error.message));
}

fn count(request: &mut Request, response: &mut Response, by: i64) -> berth::Result<()> {
    let key = key_of(request);
    let name = request.param("name");
    loop {
        let item = storage::get(&key)?;
        let value = item.as_ref().map_or(0, number) + by;
        let before = item.as_ref().map(storage::Item::text);
        let expected = before.as_deref().map(Value::Text);
        if !storage::compare_and_set(&key, expected, Value::Text(&value.to_string()))? {
            continue; // somebody else was faster: look again
        }
        log::info("counted", &[("name", &name)]);
        response.json(&Json::object().set("name", name).set("value", value).dump());
        return Ok(());
    }
}

fn setup(app: &mut App) {
    app.get("/counters", |_request, response| match storage::list("counter:", "", "", 100) {
        Err(error) => fail(response, error),
        Ok(items) => {
            let mut counters = Json::object();
            for item in &items {
                counters = counters.set(&item.key[8..], number(item));
            }
            response.json(&counters.dump());
        }
    });

    app.get("/counters/:name", |request, response| match storage::get(&key_of(request)) {
        Err(error) => fail(response, error),
        Ok(None) => response.error(404, "no such counter"),
        Ok(Some(item)) => {
            let json = Json::object().set("name", request.param("name")).set("value", number(&item));
            response.json(&json.dump());
        }
    });

    app.post("/counters/:name", |request, response| {
        let text = String::from_utf8_lossy(request.body).into_owned();
        let body = if text.is_empty() { Some(Json::object()) } else { Json::parse(&text) };
        let Some(body) = body else { return response.error(400, "the body is no JSON") };
        let by = if body.has("by") { body.get("by").integer() } else { 1 };
        if let Err(error) = count(request, response, by) {
            fail(response, error);
        }
    });

    app.delete("/counters/:name", |request, response| match storage::remove(&key_of(request)) {
        Err(error) => fail(response, error),
        Ok(removed) => response.status(if removed { 204 } else { 404 }).text(""),
    });
}

berth::service!(setup);
