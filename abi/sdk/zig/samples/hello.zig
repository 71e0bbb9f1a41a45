//! Hello: routes, path parameters, query, a status of its own.
const berth = @import("berth");

comptime {
    berth.exports();
}

fn index(_: *berth.Request, response: *berth.Response) void {
    response.text("hello from Zig");
}

fn hello(request: *berth.Request, response: *berth.Response) void {
    var text: berth.Writer = .{};
    text.raw(request.query("greeting") orelse "hello");
    text.raw(" ");
    text.raw(request.param("name"));
    response.text(text.bytes());
}

fn echo(request: *berth.Request, response: *berth.Response) void {
    const body = request.wholeBody();
    var length: berth.Writer = .{};
    berth.decimal(&length, @intCast(body.len));
    _ = response.status(201).header("x-length", length.bytes());
    _ = response.header("set-cookie", "a=1").header("set-cookie", "b=2");
    const content_type = request.header("content-type");
    response.send(body, if (content_type.len > 0) content_type else "application/octet-stream");
}

pub fn setup(app: *berth.App) void {
    app.get("/", index);
    app.get("/hello/:name", hello);
    app.post("/echo", echo);
}
