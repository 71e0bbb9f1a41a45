//! Chat: WebSocket connections, messages to one and to all of a room, calls to another service.
const std = @import("std");
const berth = @import("berth");

comptime {
    berth.exports();
}

fn joined(parts: []const []const u8) []const u8 {
    return std.mem.concat(berth.gpa, u8, parts) catch @trap();
}

fn roomEvent(request: *berth.Request, response: *berth.Response) void {
    const room = joined(&.{ "/rooms/", request.param("room") });
    const name = request.query("name") orelse "";
    // What fails here fails for a client that has left or does not keep up: there is nobody to tell.
    if (request.is("websocket.open")) {
        if (name.len == 0) return response.fail(401, "say your name: ?name=…");
        _ = berth.websocket.send(request.connection(), joined(&.{ "welcome ", name }));
    } else if (request.is("websocket.message") and request.binary()) {
        _ = berth.websocket.sendBinary(request.connection(), request.wholeBody());
    } else if (request.is("websocket.message")) {
        _ = berth.websocket.publish(room, joined(&.{ name, ": ", request.wholeBody() }));
    } else {
        _ = berth.websocket.publish(room, joined(&.{ name, " left" }));
    }
}

fn kick(request: *berth.Request, response: *berth.Response) void {
    const done = berth.websocket.close(request.param("connection"), 4001, "kicked");
    response.text(if (done.failed) done.code else "kicked");
}

fn ask(request: *berth.Request, response: *berth.Response) void {
    const answer = berth.callService(request.param("service"), "/hello/chat?greeting=hi", .{});
    if (answer.failed) return response.fail(502, answer.code);
    response.status(answer.integer("status")).text(answer.text("body"));
}

pub fn setup(app: *berth.App) void {
    app.websocket("/rooms/:room", roomEvent);
    app.post("/kick/:connection", kick);
    app.get("/ask/:service", ask);
}
