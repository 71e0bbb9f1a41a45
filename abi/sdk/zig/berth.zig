//! Write services for Berth in Zig: routes, storage, outbound requests, files, logs.
//!
//! The root file has `pub fn setup(app: *berth.App) void`, and `comptime { berth.exports(); }`.
//! Memory that these functions give lives until the request ends, unless they say otherwise.
const std = @import("std");
const msgpack = @import("msgpack.zig");
const world = @import("world.zig");
pub const raw = @import("raw.zig");
pub const storage = world.storage;
pub const form = world.form;
pub const websocket = world.websocket;
pub const Outbound = world.Outbound;
pub const fetch = world.fetch;
pub const fetchRead = world.fetchRead;
pub const fetchClose = world.fetchClose;
pub const callService = world.callService;
pub const headerOf = world.headerOf;
pub const config = world.config;
pub const secret = world.secret;
pub const gpa = msgpack.gpa;
pub const Header = msgpack.Header;
pub const Reader = msgpack.Reader;
pub const Value = msgpack.Value;
pub const Writer = msgpack.Writer;

const eql = std.mem.eql;

/// What a call gave: `failed`, with a code and a text for whoever runs the service; else its result's members.
pub const Answer = struct {
    failed: bool = false,
    code: []const u8 = "",
    message: []const u8 = "",
    data: []const u8 = "\x80",
    memory: []u8,

    /// A reader at a member of the result; one that fails when there is none.
    pub fn member(self: *const Answer, name: []const u8) Reader {
        return memberOf(self.data, name);
    }
    pub fn text(self: *const Answer, name: []const u8) []const u8 {
        var reader = self.member(name);
        return reader.text();
    }
    pub fn integer(self: *const Answer, name: []const u8) i64 {
        var reader = self.member(name);
        return reader.integer();
    }
    pub fn boolean(self: *const Answer, name: []const u8) bool {
        var reader = self.member(name);
        return reader.boolean();
    }
    /// Whether it failed with this code.
    pub fn is(self: *const Answer, code: []const u8) bool {
        return self.failed and eql(u8, self.code, code);
    }
    /// Gives its memory back before the request ends: in loops over streams. Its texts are gone then.
    pub fn deinit(self: *Answer) void {
        gpa.free(self.memory);
    }
};

/// A reader at a member of an encoded map; one that fails when there is none.
pub fn memberOf(map: []const u8, name: []const u8) Reader {
    var reader = Reader.init(map);
    var left = reader.map();
    while (left > 0 and !reader.failed) : (left -= 1) {
        if (eql(u8, reader.text(), name)) return reader;
        _ = reader.skip();
    }
    reader.fail();
    return reader;
}

/// Sends a message (which is used up) and waits for its answer.
pub fn call(message: Writer) Answer {
    var used = message;
    defer used.deinit();
    const memory = gpa.alloc(u8, raw.call(used.bytes().ptr, @intCast(used.bytes().len))) catch @trap();
    raw.take(memory.ptr);
    var params = memberOf(memory, "params");
    var answer: Answer = .{ .memory = memory };
    var left = params.map();
    while (left > 0 and !params.failed) : (left -= 1) {
        const key = params.text();
        const value = params.skip();
        if (eql(u8, key, "data")) {
            answer.data = value;
        } else if (eql(u8, key, "error")) {
            var code = memberOf(value, "code");
            var text = memberOf(value, "message");
            answer.failed = true;
            answer.code = code.text();
            answer.message = text.text();
        }
    }
    if (params.failed) answer.failed = true;
    return answer;
}

/// Sends a message (which is used up) that nobody answers.
pub fn post(message: Writer) void {
    var used = message;
    defer used.deinit();
    raw.mk_module_api_request(0, used.bytes().ptr, @intCast(used.bytes().len));
}

/// Turns %XX and, in queries, + back into bytes; what is malformed stays as it is.
pub fn decodeUrl(text: []const u8, plus_is_space: bool) []const u8 {
    const out = gpa.alloc(u8, text.len) catch @trap();
    var size: usize = 0;
    var at: usize = 0;
    while (at < text.len) : (at += 1) {
        var letter = text[at];
        if (letter == '%' and at + 2 < text.len) {
            if (std.fmt.parseInt(u8, text[at + 1 .. at + 3], 16)) |byte| {
                letter = byte;
                at += 2;
            } else |_| {}
        } else if (plus_is_space and letter == '+') letter = ' ';
        out[size] = letter;
        size += 1;
    }
    return out[0..size];
}

/// A text as a JSON string, quotes included.
pub fn quote(out: *Writer, text: []const u8) void {
    out.raw("\"");
    for (text) |letter| switch (letter) {
        '"', '\\' => out.raw(&.{ '\\', letter }),
        0...0x1f => out.raw(&.{ '\\', 'u', '0', '0', '0' + (letter >> 4), "0123456789abcdef"[letter & 15] }),
        else => out.raw(&.{letter}),
    };
    out.raw("\"");
}

/// A whole number in decimal.
pub fn decimal(out: *Writer, number: i64) void {
    var buffer: [24]u8 = undefined;
    out.raw(std.fmt.bufPrint(&buffer, "{d}", .{number}) catch @trap());
}

/// Names and values as they lie in an event: looked through when asked.
pub const Pairs = struct {
    bytes: []const u8 = "\x80",

    /// The value of a name, whatever its case; empty when there is none.
    pub fn get(self: Pairs, name: []const u8) []const u8 {
        var reader = Reader.init(self.bytes);
        var left = reader.map();
        while (left > 0 and !reader.failed) : (left -= 1) {
            const key = reader.text();
            const value = reader.text();
            if (std.ascii.eqlIgnoreCase(key, name)) return value;
        }
        return "";
    }
};

/// One request.
pub const Request = struct {
    /// What happened: `http.request`; `websocket.open`, `websocket.message`, `websocket.close` for `App.websocket`.
    event: []const u8 = "",
    method: []const u8 = "",
    /// Path and query as they came.
    url: []const u8 = "",
    /// Below the service's base path, with its leading slash, still escaped.
    path: []const u8 = "/",
    query_text: []const u8 = "",
    /// The part of the body that has arrived: all of it unless `more`.
    body: []const u8 = "",
    more: bool = false,
    headers: Pairs = .{},
    /// What the device tells of itself and the service.
    info: Pairs = .{},
    /// The deployment's configuration, as far as the manifest lets the service see it.
    env: Pairs = .{},
    params: std.ArrayList(Header) = .empty,
    piece: ?Answer = null,

    fn parse(event: []const u8) Request {
        var request: Request = .{};
        var method = memberOf(event, "method");
        request.event = method.text();
        var params = memberOf(event, "params");
        var parts = params.map();
        while (parts > 0 and !params.failed) : (parts -= 1) {
            _ = params.text();
            var left = params.map();
            while (left > 0 and !params.failed) : (left -= 1) request.member(&params);
        }
        const mark = std.mem.indexOfScalar(u8, request.url, '?') orelse request.url.len;
        var path = request.url[0..mark];
        if (mark < request.url.len) request.query_text = request.url[mark + 1 ..];
        const root = request.info.get("apiRoot");
        if (std.mem.startsWith(u8, path, root) and (path.len == root.len or path[root.len] == '/')) path = path[root.len..];
        if (path.len > 0) request.path = path;
        return request;
    }

    fn member(self: *Request, reader: *Reader) void {
        const key = reader.text();
        if (eql(u8, key, "url")) {
            self.url = reader.text();
        } else if (eql(u8, key, "method")) {
            self.method = reader.text();
        } else if (eql(u8, key, "more")) {
            self.more = reader.boolean();
        } else if (eql(u8, key, "jsonBody")) {
            self.body = reader.text();
        } else {
            const value = reader.skip();
            if (eql(u8, key, "headers")) self.headers = .{ .bytes = value };
            if (eql(u8, key, "info")) self.info = .{ .bytes = value };
            if (eql(u8, key, "env")) self.env = .{ .bytes = value };
        }
    }

    /// Whether it is this event.
    pub fn is(self: *const Request, event: []const u8) bool {
        return eql(u8, self.event, event);
    }

    /// Whether it happened on a WebSocket connection.
    pub fn isSocket(self: *const Request) bool {
        return std.mem.startsWith(u8, self.event, "websocket.");
    }

    /// The connection's name, for `berth.websocket`; empty for a request of HTTP.
    pub fn connection(self: *const Request) []const u8 {
        return if (self.isSocket()) self.header("x-berth-connection") else "";
    }

    /// Whether a WebSocket message is binary.
    pub fn binary(self: *const Request) bool {
        return self.isSocket() and eql(u8, self.header("x-berth-message"), "binary");
    }

    /// A header by name, whatever its case; empty when absent.
    pub fn header(self: *const Request, name: []const u8) []const u8 {
        return self.headers.get(name);
    }

    /// A parameter of the route's path (`/users/:id`), unescaped; empty when there is none.
    pub fn param(self: *const Request, name: []const u8) []const u8 {
        for (self.params.items) |one| if (eql(u8, one.name, name)) return decodeUrl(one.value, false);
        return "";
    }

    /// A parameter of the query, unescaped.
    pub fn query(self: *const Request, name: []const u8) ?[]const u8 {
        var pairs = std.mem.tokenizeScalar(u8, self.query_text, '&');
        while (pairs.next()) |pair| {
            const equals = std.mem.indexOfScalar(u8, pair, '=') orelse pair.len;
            if (!eql(u8, decodeUrl(pair[0..equals], true), name)) continue;
            return if (equals == pair.len) "" else decodeUrl(pair[equals + 1 ..], true);
        }
        return null;
    }

    /// The next piece of a body that had not arrived, until the next one is read; empty at its end.
    pub fn read(self: *Request, max: i64) []const u8 {
        if (!self.more) return "";
        if (self.piece) |*before| before.deinit();
        self.piece = call(raw.requestRead(max));
        const answer = &self.piece.?;
        self.more = !answer.failed and !answer.boolean("ended");
        return answer.text("data");
    }

    /// The whole body, read to its end.
    pub fn wholeBody(self: *Request) []const u8 {
        if (!self.more) return self.body;
        var whole: Writer = .{};
        whole.raw(self.body);
        while (self.more) whole.raw(self.read(65536));
        self.body = whole.bytes();
        return self.body;
    }
};

/// The answer. Set the status and headers first, then send once, or start, write and end.
pub const Response = struct {
    code: i64 = 200,
    list: std.ArrayList(Header) = .empty,

    pub fn status(self: *Response, code: i64) *Response {
        self.code = code;
        return self;
    }

    /// Adds a header; a name may be added again (`set-cookie`).
    pub fn header(self: *Response, name: []const u8, value: []const u8) *Response {
        self.list.append(gpa, .{ .name = name, .value = value }) catch @trap();
        return self;
    }

    /// Sends a body with its type.
    pub fn send(self: *Response, body: []const u8, content_type: []const u8) void {
        post(raw.responseSend(body, self.code, content_type, "", self.list.items));
    }

    pub fn text(self: *Response, body: []const u8) void {
        self.send(body, "text/plain;charset=UTF-8");
    }

    /// Sends text that is JSON.
    pub fn json(self: *Response, body: []const u8) void {
        self.send(body, "application/json");
    }

    /// Sends a status and a text as JSON: `{"error": …}`.
    pub fn fail(self: *Response, code: i64, message: []const u8) void {
        var body: Writer = .{};
        body.raw("{\"error\":");
        quote(&body, message);
        body.raw("}");
        self.status(code).json(body.bytes());
    }

    /// Sends a file of a mount (the files capability).
    pub fn file(self: *Response, path: []const u8, content_type: []const u8) Answer {
        return call(raw.responseSend("", self.code, content_type, path, self.list.items));
    }

    /// Begins an answer in pieces; false when that failed.
    pub fn start(self: *Response, content_type: []const u8) bool {
        _ = self.header("content-type", content_type);
        return !call(raw.responseStart(self.code, self.list.items)).failed;
    }

    /// Sends a piece; false when the client has left.
    pub fn write(_: *Response, piece: []const u8) bool {
        var answer = call(raw.responseWrite(piece));
        defer answer.deinit();
        return answer.boolean("open");
    }

    pub fn end(_: *Response) void {
        _ = call(raw.responseEnd());
    }
};

/// Writes a line of a level (debug, info, warn, error) with named values.
pub fn log(level: []const u8, message: []const u8, fields: []const Header) void {
    var named: Writer = .{};
    named.map(fields.len);
    for (fields) |field| {
        named.text(field.name);
        named.text(field.value);
    }
    post(raw.logWrite(level, message, named.bytes()));
}

/// Answers a request.
pub const Handler = *const fn (*Request, *Response) void;

/// No client's method can be this.
const socket_method = "(websocket)";

const Route = struct { method: []const u8, pattern: []const u8, handler: Handler };

/// The service: routes in the order in which they were added, the first that fits is taken.
pub const App = struct {
    routes: std.ArrayList(Route) = .empty,

    pub fn get(self: *App, pattern: []const u8, handler: Handler) void {
        self.on("GET", pattern, handler);
    }
    pub fn post(self: *App, pattern: []const u8, handler: Handler) void {
        self.on("POST", pattern, handler);
    }
    pub fn put(self: *App, pattern: []const u8, handler: Handler) void {
        self.on("PUT", pattern, handler);
    }
    pub fn delete(self: *App, pattern: []const u8, handler: Handler) void {
        self.on("DELETE", pattern, handler);
    }
    pub fn patch(self: *App, pattern: []const u8, handler: Handler) void {
        self.on("PATCH", pattern, handler);
    }
    /// Any method.
    pub fn all(self: *App, pattern: []const u8, handler: Handler) void {
        self.on("", pattern, handler);
    }

    /// Events of WebSocket connections at this path: `request.event` says which. To refuse one that opens answer with a
    /// status of 300 or more; other answers may be left out.
    pub fn websocket(self: *App, pattern: []const u8, handler: Handler) void {
        self.on(socket_method, pattern, handler);
    }

    /// `pattern` is made of parts: plain text, `:name` for one part, `*` at the end for the rest (param `*`).
    pub fn on(self: *App, method: []const u8, pattern: []const u8, handler: Handler) void {
        self.routes.append(gpa, .{ .method = method, .pattern = pattern, .handler = handler }) catch @trap();
    }

    fn handle(self: *const App, event: []const u8) void {
        var request = Request.parse(event);
        var response: Response = .{};
        var other_method = false;
        const socket = request.isSocket();
        const asked = if (socket) socket_method else request.method;
        for (self.routes.items) |route| {
            request.params.clearRetainingCapacity();
            if (!fits(route.pattern, request.path, &request.params)) continue;
            const method = if (eql(u8, asked, "HEAD") and eql(u8, route.method, "GET")) "GET" else asked;
            if ((route.method.len == 0 and !socket) or eql(u8, route.method, method)) return route.handler(&request, &response);
            other_method = true;
        }
        if (other_method) response.fail(405, "method not allowed") else response.fail(404, "not found");
    }
};

fn fits(pattern: []const u8, path: []const u8, params: *std.ArrayList(Header)) bool {
    var parts = std.mem.tokenizeScalar(u8, path, '/');
    var wanted_parts = std.mem.tokenizeScalar(u8, pattern, '/');
    while (wanted_parts.next()) |wanted| {
        if (eql(u8, wanted, "*")) {
            params.append(gpa, .{ .name = wanted, .value = parts.rest() }) catch @trap();
            return true;
        }
        const part = parts.next() orelse return false;
        if (wanted[0] == ':') {
            params.append(gpa, .{ .name = wanted[1..], .value = part }) catch @trap();
        } else if (!eql(u8, wanted, part)) return false;
    }
    return parts.next() == null;
}

var app: App = .{};

fn initialize() callconv(.c) void {
    @import("root").setup(&app);
}

fn abi() callconv(.c) void {}

fn onEvent(reference: i64, length: u32) callconv(.c) void {
    const event = gpa.alloc(u8, length) catch @trap();
    raw.mk_module_get_buffer(event.ptr, reference, length);
    app.handle(event);
}

/// Makes the module's exports; called at compile time by the root file.
pub fn exports() void {
    @export(&initialize, .{ .name = "_initialize" });
    @export(&abi, .{ .name = "berth_abi_1" });
    @export(&onEvent, .{ .name = "mk_module_on_event" });
}
