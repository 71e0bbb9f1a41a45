//! Relay: outbound requests, whole and streamed.
const std = @import("std");
const berth = @import("berth");

comptime {
    berth.exports();
}

/// The content-type among an answer's headers; its cookies are handed on when asked.
fn takeHeaders(answer: *const berth.Answer, response: *berth.Response, cookies: bool) []const u8 {
    var content_type: []const u8 = "application/octet-stream";
    var headers = answer.member("headers");
    var left = headers.list();
    while (left > 0 and !headers.failed) : (left -= 1) {
        _ = headers.list();
        const name = headers.text();
        const value = headers.text();
        if (std.mem.eql(u8, name, "content-type")) content_type = value;
        if (cookies and std.mem.eql(u8, name, "set-cookie")) _ = response.header(name, value);
    }
    return content_type;
}

fn relay(request: *berth.Request, response: *berth.Response) void {
    const url = request.query("url") orelse "";
    const headers = [_]berth.Header{.{ .name = "x-relayed-by", .value = "berth" }};
    const answer = berth.call(berth.raw.httpFetch(url, request.method, &headers, request.wholeBody(), 0, "follow", false));
    if (answer.failed) {
        var text: berth.Writer = .{};
        text.raw(answer.code);
        text.raw(": ");
        text.raw(answer.message);
        return response.fail(if (answer.is("denied")) 403 else 502, text.bytes());
    }
    const content_type = takeHeaders(&answer, response, true);
    response.status(answer.integer("status")).send(answer.text("body"), content_type);
}

fn stream(request: *berth.Request, response: *berth.Response) void {
    const url = request.query("url") orelse "";
    const head = berth.call(berth.raw.httpFetch(url, "GET", &.{}, "", 0, "follow", true));
    if (head.failed) return response.fail(502, head.code);
    if (!response.status(head.integer("status")).start(takeHeaders(&head, response, false))) return;
    const number = head.integer("stream");
    while (true) {
        var piece = berth.call(berth.raw.httpRead(number, 65536));
        defer piece.deinit();
        if (piece.failed or piece.boolean("ended")) break;
        if (!response.write(piece.text("data"))) return; // the client has left
    }
    response.end();
}

pub fn setup(app: *berth.App) void {
    app.all("/relay", relay);
    app.get("/stream", stream);
}
