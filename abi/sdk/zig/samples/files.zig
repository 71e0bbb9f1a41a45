//! Files: uploads into a mount, downloads from it, server-sent events.
const std = @import("std");
const berth = @import("berth");

comptime {
    berth.exports();
}

fn dataPath(name: []const u8) []const u8 {
    var path: berth.Writer = .{};
    path.raw("/data/");
    path.raw(name);
    return path.bytes();
}

fn member(json: *berth.Writer, name: []const u8, value: []const u8) void {
    json.raw(name);
    berth.quote(json, value);
}

fn upload(_: *berth.Request, response: *berth.Response) void {
    var json: berth.Writer = .{};
    json.raw("[");
    while (true) {
        const part = berth.call(berth.raw.formNext());
        if (part.failed) return response.fail(400, part.message);
        const kind = part.text("kind");
        if (std.mem.eql(u8, kind, "end")) break;
        if (json.bytes().len > 1) json.raw(",");
        member(&json, "{\"name\":", part.text("name"));
        if (std.mem.eql(u8, kind, "value")) {
            member(&json, ",\"value\":", part.text("value"));
        } else {
            // The field's name is ours to choose in the form; the file name is the client's and no path to trust.
            const stored = berth.call(berth.raw.formStore(dataPath(part.text("name"))));
            if (stored.failed) return response.fail(if (stored.is("denied")) 403 else 500, stored.code);
            member(&json, ",\"filename\":", part.text("filename"));
            json.raw(",\"size\":");
            berth.decimal(&json, stored.integer("size"));
        }
        json.raw("}");
    }
    json.raw("]");
    response.status(201).json(json.bytes());
}

fn download(request: *berth.Request, response: *berth.Response) void {
    const sent = response.file(dataPath(request.param("name")), "application/octet-stream");
    if (sent.failed) response.fail(if (sent.is("noent")) 404 else 403, sent.code);
}

fn events(request: *berth.Request, response: *berth.Response) void {
    const count = std.fmt.parseInt(u32, request.query("count") orelse "3", 10) catch 3;
    if (!response.header("cache-control", "no-store").start("text/event-stream")) return;
    for (1..count + 1) |at| {
        var event: berth.Writer = .{};
        defer event.deinit();
        event.raw("data: ");
        berth.decimal(&event, @intCast(at));
        event.raw("\n\n");
        if (!response.write(event.bytes())) return;
    }
    response.end();
}

pub fn setup(app: *berth.App) void {
    app.post("/upload", upload);
    app.get("/files/:name", download);
    app.get("/events", events);
}
