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
    const page = berth.call(berth.raw.storageList("counter:", "", "", 100));
    if (page.failed) return fail(response, &page);
    var items = page.member("items");
    var json: berth.Writer = .{};
    json.raw("{");
    const found = items.list();
    for (0..found) |at| {
        const item = items.skip();
        var key = berth.memberOf(item, "key");
        var value = berth.memberOf(item, "value");
        if (at > 0) json.raw(",");
        berth.quote(&json, key.text()[8..]);
        json.raw(":");
        json.raw(value.text());
    }
    json.raw("}");
    response.json(json.bytes());
}

fn get(request: *berth.Request, response: *berth.Response) void {
    const item = berth.call(berth.raw.storageGet(keyOf(request)));
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
        const item = berth.call(berth.raw.storageGet(key));
        if (item.failed) return fail(response, &item);
        const before: ?berth.Value = if (item.boolean("found")) .{ .data = item.text("value") } else null;
        const value = body.value.by + (if (before) |present| number(present.data) else 0);
        var after: berth.Writer = .{};
        berth.decimal(&after, value);
        const swapped = berth.call(berth.raw.storageCompareAndSet(key, before, .{ .data = after.bytes() }, "", 0));
        if (swapped.failed) return fail(response, &swapped);
        if (!swapped.boolean("swapped")) continue; // somebody else was faster: look again
        berth.log("info", "counted", &.{.{ .name = "name", .value = request.param("name") }});
        return send(request, response, value);
    }
}

fn remove(request: *berth.Request, response: *berth.Response) void {
    const removed = berth.call(berth.raw.storageRemove(keyOf(request)));
    if (removed.failed) return fail(response, &removed);
    response.status(if (removed.boolean("removed")) 204 else 404).text("");
}

pub fn setup(app: *berth.App) void {
    app.get("/counters", list);
    app.get("/counters/:name", get);
    app.post("/counters/:name", count);
    app.delete("/counters/:name", remove);
}
