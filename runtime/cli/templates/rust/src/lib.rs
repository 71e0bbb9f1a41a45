//! {{name}}: says hello and remembers how often.
use berth::{log, storage, App, Json};

/// How often this name was greeted, now included. Storage needs the "storage" capability of berth.json.
fn count(name: &str) -> berth::Result<i64> {
    let before = storage::get(name)?.map_or(0, |item| item.text().parse().unwrap_or(0));
    storage::set(name, &(before + 1).to_string())?;
    Ok(before + 1)
}

fn setup(app: &mut App) {
    app.get("/", |_request, response| response.text("{{name}} is here; try /hello/you\n"));

    app.get("/hello/:name", |request, response| {
        let name = request.param("name");
        match count(&name) {
            Err(error) => response.error(500, &error.message),
            Ok(times) => {
                log::info("said hello", &[("name", &name)]);
                let greeting = "hello ".to_string() + &name;
                response.json(&Json::object().set("greeting", greeting).set("times", times).dump());
            }
        }
    });
}

berth::service!(setup);
