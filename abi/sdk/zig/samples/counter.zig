//! Counter: storage, JSON, compare-and-set.
const std = @import("std");
const berth = @import("berth");

comptime {
    berth.exports();
}

fn keyOf(request: *berth.Request) []const u8 {
    var key: berth.Writer = .{};
    key.raw("counter:");
    key.raw(request.param("name"));
    return key.bytes();
}

fn fail(response: *berth.Response, answer: *const berth.Answer) void {
    var text: berth.Writer = .{};
    text.raw(answer.code);
    text.raw(": ");
    text.raw(answer.message);
    response.fail(if (answer.is("denied")) 403 else 500, text.bytes());
}

fn number(text: []const u8) i64 {
    return std.fmt.parseInt(i64, text, 10) catch 0;
}

fn send(request: *berth.Request, response: *berth.Response, value: i64) void {
    var json: berth.Writer = .{};
    json.raw("{\"name\":");
    berth.quote(&json, request.param("name"));
    json.raw(",\"value\":");
    berth.decimal(&json, value);
    json.raw("}");
    response.json(json.bytes());
}

fn list(_: *berth.Request, response: *berth.Response) void {
    var page = berth.storage.list(.{ .prefix = "counter:" });
    if (page.answer.failed) return fail(response, &page.answer);
    var json: berth.Writer = .{};
    json.raw("{");
    while (page.next()) |item| {
        if (json.bytes().len > 1) json.raw(",");
        berth.quote(&json, item.key["counter:".len..]);
        json.raw(":");
        json.raw(item.value);
    }
    json.raw("}");
    response.json(json.bytes());
}

fn get(request: *berth.Request, response: *berth.Response) void {
    const item = berth.storage.get(keyOf(request));
    if (item.failed) return fail(response, &item);
    if (!item.boolean("found")) return response.fail(404, "no such counter");
    send(request, response, number(item.text("value")));
}

const Body = struct { by: i64 = 1 };

fn count(request: *berth.Request, response: *berth.Response) void {
    const text = if (request.body.len > 0) request.body else "{}";
    const body = std.json.parseFromSlice(Body, berth.gpa, text, .{ .ignore_unknown_fields = true }) catch
        return response.fail(400, "the body is no JSON");
    const key = keyOf(request);
    while (true) {
        const item = berth.storage.get(key);
        if (item.failed) return fail(response, &item);
        const before: ?[]const u8 = if (item.boolean("found")) item.text("value") else null;
        const value = body.value.by + (if (before) |present| number(present) else 0);
        var after: berth.Writer = .{};
        berth.decimal(&after, value);
        const swapped = berth.storage.compareAndSet(key, before, after.bytes());
        if (swapped.failed) return fail(response, &swapped);
        if (!swapped.boolean("swapped")) continue; // somebody else was faster: look again
        berth.log("info", "counted", &.{.{ .name = "name", .value = request.param("name") }});
        return send(request, response, value);
    }
}

fn remove(request: *berth.Request, response: *berth.Response) void {
    const removed = berth.storage.remove(keyOf(request));
    if (removed.failed) return fail(response, &removed);
    response.status(if (removed.boolean("removed")) 204 else 404).text("");
}

pub fn setup(app: *berth.App) void {
    app.get("/counters", list);
    app.get("/counters/:name", get);
    app.post("/counters/:name", count);
    app.delete("/counters/:name", remove);
}
