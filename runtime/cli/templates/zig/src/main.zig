//! {{name}}: says hello and remembers how often.
const std = @import("std");
const berth = @import("berth");

comptime {
    berth.exports();
}

fn index(_: *berth.Request, response: *berth.Response) void {
    response.text("{{name}} is here; try /hello/you\n");
}

/// Storage needs the "storage" capability of berth.json.
fn hello(request: *berth.Request, response: *berth.Response) void {
    const name = request.param("name");
    const before = berth.storage.get(name);
    if (before.failed) return response.fail(500, before.message);
    const known = if (before.boolean("found")) std.fmt.parseInt(i64, before.text("value"), 10) catch 0 else 0;
    var count: berth.Writer = .{};
    berth.decimal(&count, known + 1);
    const stored = berth.storage.set(name, count.bytes(), .{});
    if (stored.failed) return response.fail(500, stored.message);
    berth.log("info", "said hello", &.{.{ .name = "name", .value = name }});

    var greeting: berth.Writer = .{};
    greeting.raw("hello ");
    greeting.raw(name);
    var json: berth.Writer = .{};
    json.raw("{\"greeting\":");
    berth.quote(&json, greeting.bytes());
    json.raw(",\"times\":");
    json.raw(count.bytes());
    json.raw("}");
    response.json(json.bytes());
}

pub fn setup(app: *berth.App) void {
    app.get("/", index);
    app.get("/hello/:name", hello);
}
