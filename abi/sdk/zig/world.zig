//! What a service asks of the host beside requests. Every call gives an `Answer`: look at `failed` first, then read its
//! members.
//!
//!     const item = berth.storage.get("visits");
//!     if (!item.failed and item.boolean("found")) use(item.text("value"));
const std = @import("std");
const berth = @import("berth.zig");
const raw = berth.raw;
const Answer = berth.Answer;
const Value = berth.Value;

/// Key–value storage of the service (the storage capability).
pub const storage = struct {
    /// Reads an entry. Members: `found`, `value`, `tag`.
    pub fn get(key: []const u8) Answer {
        return berth.call(raw.storageGet(key));
    }

    /// How to write.
    pub const Options = struct {
        binary: bool = false,
        tag: []const u8 = "",
        /// Gone after this time; 0: kept.
        ttl_ms: i64 = 0,
    };

    /// Writes a value; durable when it returns.
    pub fn set(key: []const u8, value: []const u8, options: Options) Answer {
        return berth.call(raw.storageSet(key, .{ .data = value, .binary = options.binary }, options.tag, options.ttl_ms));
    }

    /// Removes an entry. Member: `removed`, whether there was one.
    pub fn remove(key: []const u8) Answer {
        return berth.call(raw.storageRemove(key));
    }

    /// Writes only when the present value is `expected` (null: when there is no entry). Member: `swapped`.
    pub fn compareAndSet(key: []const u8, expected: ?[]const u8, value: []const u8) Answer {
        const before: ?Value = if (expected) |text| .{ .data = text } else null;
        return berth.call(raw.storageCompareAndSet(key, before, .{ .data = value }, "", 0));
    }

    /// Which entries.
    pub const Query = struct {
        prefix: []const u8 = "",
        tag: []const u8 = "",
        after: []const u8 = "",
        limit: i64 = 100,
    };

    /// One entry of a page.
    pub const Item = struct { key: []const u8, value: []const u8, tag: []const u8, binary: bool };

    /// A page of entries in key order: `failed` as of an answer, then `next` until null.
    pub const Page = struct {
        answer: Answer,
        reader: berth.Reader,
        left: usize,

        pub fn next(self: *Page) ?Item {
            if (self.left == 0 or self.reader.failed) return null;
            self.left -= 1;
            const entry = self.reader.skip();
            var key = berth.memberOf(entry, "key");
            var value = berth.memberOf(entry, "value");
            var tag = berth.memberOf(entry, "tag");
            const binary = value.nextIsBinary();
            return .{ .key = key.text(), .value = value.text(), .tag = tag.text(), .binary = binary };
        }
    };

    /// A page of entries; the next one begins `after` the last key.
    pub fn list(query: Query) Page {
        const answer = berth.call(raw.storageList(query.prefix, query.tag, query.after, query.limit));
        var reader = answer.member("items");
        const left = reader.list();
        return .{ .answer = answer, .reader = reader, .left = left };
    }
};

/// A request to another host, or another service.
pub const Outbound = struct {
    method: []const u8 = "GET",
    headers: []const berth.Header = &.{},
    body: []const u8 = "",
    /// 0: the host's limit.
    timeout_ms: i64 = 0,
    /// False gives the 3xx answer itself.
    follow_redirects: bool = true,
    /// Leaves the body to `fetchRead`.
    stream: bool = false,
};

/// Sends a request and waits for its answer (the http capability). Members: `status`, `headers`, `body`, `stream`. A
/// status of 400 or more is no failure.
pub fn fetch(url: []const u8, outbound: Outbound) Answer {
    const redirects = if (outbound.follow_redirects) "follow" else "manual";
    return berth.call(raw.httpFetch(url, outbound.method, outbound.headers, outbound.body, outbound.timeout_ms, redirects, outbound.stream));
}

/// The next piece of a streamed answer. Members: `data`, `ended`. Give its memory back with `deinit`.
pub fn fetchRead(stream: i64, max: i64) Answer {
    return berth.call(raw.httpRead(stream, max));
}

/// Gives up a streamed answer before its end; the end of the request does the same.
pub fn fetchClose(stream: i64) Answer {
    return berth.call(raw.httpClose(stream));
}

/// Calls another service of the device (the services capability); `path` begins with a slash below its base path.
pub fn callService(service: []const u8, path: []const u8, outbound: Outbound) Answer {
    return berth.call(raw.serviceCall(service, path, outbound.method, outbound.headers, outbound.body, outbound.timeout_ms));
}

/// The first header of an answer with this name, whatever its case; empty when there is none.
pub fn headerOf(answer: *const Answer, name: []const u8) []const u8 {
    var headers = answer.member("headers");
    var left = headers.list();
    while (left > 0 and !headers.failed) : (left -= 1) {
        _ = headers.list();
        const key = headers.text();
        const value = headers.text();
        if (std.ascii.eqlIgnoreCase(key, name)) return value;
    }
    return "";
}

/// The form of the request under way.
pub const form = struct {
    /// The next part; what is left of the one before is passed over. Members: `kind` (`value`, `file`, `end`), `name`,
    /// `filename` (as the client gave it: never a path to trust), `contentType`, `value`.
    pub fn next() Answer {
        return berth.call(raw.formNext());
    }
    /// The next piece of the file. Member: `data`, empty at its end.
    pub fn read(max: i64) Answer {
        return berth.call(raw.formRead(max));
    }
    /// Stores the rest of the file in a mount (the files capability). Member: `size`.
    pub fn store(path: []const u8) Answer {
        return berth.call(raw.formStore(path));
    }
};

/// A value of the deployment's configuration (the env capability). Members: `found`, `value`.
pub fn config(key: []const u8) Answer {
    return berth.call(raw.configGet(key));
}

/// A secret that the operator set and the manifest names (the env capability). Members: `found`, `value`.
pub fn secret(key: []const u8) Answer {
    return berth.call(raw.secretGet(key));
}

/// WebSocket connections (the websocket capability); events come through `App.websocket`.
pub const websocket = struct {
    /// Sends a text message to one connection.
    pub fn send(connection: []const u8, text: []const u8) Answer {
        return berth.call(raw.websocketSend(connection, .{ .data = text }));
    }
    /// Sends a binary message to one connection.
    pub fn sendBinary(connection: []const u8, bytes: []const u8) Answer {
        return berth.call(raw.websocketSend(connection, .{ .data = bytes, .binary = true }));
    }
    /// Sends a text message to every connection whose path begins so ("": all). Member: `sent`, to how many.
    pub fn publish(path: []const u8, text: []const u8) Answer {
        return berth.call(raw.websocketPublish(path, .{ .data = text }));
    }
    /// The same with a binary message.
    pub fn publishBinary(path: []const u8, bytes: []const u8) Answer {
        return berth.call(raw.websocketPublish(path, .{ .data = bytes, .binary = true }));
    }
    /// Closes a connection; `code` is 1000, or 3000 to 4999.
    pub fn close(connection: []const u8, code: i64, reason: []const u8) Answer {
        return berth.call(raw.websocketClose(connection, code, reason));
    }
};
