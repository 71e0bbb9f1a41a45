//! Relay: outbound requests, whole and streamed.
const std = @import("std");
const berth = @import("berth");

comptime {
    berth.exports();
}

fn typeOf(answer: *const berth.Answer) []const u8 {
    const content_type = berth.headerOf(answer, "content-type");
    return if (content_type.len > 0) content_type else "application/octet-stream";
}

fn handOnCookies(answer: *const berth.Answer, response: *berth.Response) void {
    var headers = answer.member("headers");
    var left = headers.list();
    while (left > 0 and !headers.failed) : (left -= 1) {
        _ = headers.list();
        const name = headers.text();
        const value = headers.text();
        if (std.mem.eql(u8, name, "set-cookie")) _ = response.header(name, value);
    }
}

fn relay(request: *berth.Request, response: *berth.Response) void {
    const url = request.query("url") orelse "";
    const headers = [_]berth.Header{.{ .name = "x-relayed-by", .value = "berth" }};
    const answer = berth.fetch(url, .{ .method = request.method, .headers = &headers, .body = request.wholeBody() });
    if (answer.failed) {
        var text: berth.Writer = .{};
        text.raw(answer.code);
        text.raw(": ");
        text.raw(answer.message);
        return response.fail(if (answer.is("denied")) 403 else 502, text.bytes());
    }
    handOnCookies(&answer, response);
    response.status(answer.integer("status")).send(answer.text("body"), typeOf(&answer));
}

fn stream(request: *berth.Request, response: *berth.Response) void {
    const url = request.query("url") orelse "";
    const head = berth.fetch(url, .{ .stream = true });
    if (head.failed) return response.fail(502, head.code);
    if (!response.status(head.integer("status")).start(typeOf(&head))) return;
    const number = head.integer("stream");
    while (true) {
        var piece = berth.fetchRead(number, 65536);
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
