//! MessagePack for services. A reader that meets something unexpected stops, gives empty values from then on and says
//! so in `failed`.
const std = @import("std");

/// All memory of a service; the host puts it back to its start after every request.
pub const gpa = std.heap.wasm_allocator;

/// A name and a value; names may repeat.
pub const Header = struct { name: []const u8, value: []const u8 };

/// Text or binary data, told apart on the way.
pub const Value = struct { data: []const u8, binary: bool = false };

/// Writes MessagePack, or any bytes.
pub const Writer = struct {
    out: std.ArrayList(u8) = .empty,

    pub fn bytes(self: *const Writer) []const u8 {
        return self.out.items;
    }

    pub fn deinit(self: *Writer) void {
        self.out.deinit(gpa);
    }

    pub fn raw(self: *Writer, some: []const u8) void {
        self.out.appendSlice(gpa, some) catch @trap();
    }

    fn byte(self: *Writer, one: u8) void {
        self.out.append(gpa, one) catch @trap();
    }

    fn head(self: *Writer, comptime T: type, first: u8, number: T) void {
        self.byte(first);
        self.raw(&std.mem.toBytes(std.mem.nativeToBig(T, number)));
    }

    pub fn nil(self: *Writer) void {
        self.byte(0xc0);
    }

    pub fn boolean(self: *Writer, yes: bool) void {
        self.byte(if (yes) 0xc3 else 0xc2);
    }

    pub fn integer(self: *Writer, number: i64) void {
        if (number >= 0 and number < 128) return self.byte(@intCast(number));
        self.head(i64, 0xd3, number);
    }

    pub fn text(self: *Writer, some: []const u8) void {
        if (some.len < 32) self.byte(0xa0 | @as(u8, @intCast(some.len))) else self.head(u32, 0xdb, @intCast(some.len));
        self.raw(some);
    }

    pub fn bin(self: *Writer, some: []const u8) void {
        self.head(u32, 0xc6, @intCast(some.len));
        self.raw(some);
    }

    pub fn map(self: *Writer, count: usize) void {
        if (count < 16) self.byte(0x80 | @as(u8, @intCast(count))) else self.head(u32, 0xdf, @intCast(count));
    }

    pub fn list(self: *Writer, count: usize) void {
        if (count < 16) self.byte(0x90 | @as(u8, @intCast(count))) else self.head(u32, 0xdd, @intCast(count));
    }

    pub fn value(self: *Writer, one: Value) void {
        if (one.binary) self.bin(one.data) else self.text(one.data);
    }

    pub fn valueOrNil(self: *Writer, one: ?Value) void {
        if (one) |present| self.value(present) else self.nil();
    }

    pub fn headers(self: *Writer, all: []const Header) void {
        self.list(all.len);
        for (all) |one| {
            self.list(2);
            self.text(one.name);
            self.text(one.value);
        }
    }

    /// What another writer wrote; nil when it is empty.
    pub fn encoded(self: *Writer, some: []const u8) void {
        if (some.len == 0) self.nil() else self.raw(some);
    }
};

/// Reads MessagePack in place; texts are views.
pub const Reader = struct {
    rest: []const u8,
    failed: bool = false,

    pub fn init(bytes: []const u8) Reader {
        return .{ .rest = bytes };
    }

    pub fn fail(self: *Reader) void {
        self.failed = true;
        self.rest = "";
    }

    fn peek(self: *const Reader) u8 {
        return if (self.rest.len > 0) self.rest[0] else 0xc1;
    }

    fn take(self: *Reader, count: u64) []const u8 {
        if (count > self.rest.len) {
            self.fail();
            return "";
        }
        const size: usize = @intCast(count);
        const taken = self.rest[0..size];
        self.rest = self.rest[size..];
        return taken;
    }

    fn byte(self: *Reader) u8 {
        const first = self.peek();
        _ = self.take(1);
        return first;
    }

    fn unsigned(self: *Reader, width: u64) u64 {
        var number: u64 = 0;
        for (self.take(width)) |one| number = number << 8 | one;
        return number;
    }

    fn counted(self: *Reader, small: u8, large: u8) usize {
        const first = self.byte();
        var count: u64 = 0;
        if (first & 0xf0 == small) {
            count = first & 0x0f;
        } else if (first == large) {
            count = self.unsigned(2);
        } else if (first == large + 1) {
            count = self.unsigned(4);
        } else self.fail();
        // Every item takes a byte at least.
        if (count > self.rest.len) self.fail();
        return if (self.failed) 0 else @intCast(count);
    }

    pub fn map(self: *Reader) usize {
        return self.counted(0x80, 0xde);
    }

    pub fn list(self: *Reader) usize {
        return self.counted(0x90, 0xdc);
    }

    pub fn nextIsBinary(self: *const Reader) bool {
        return self.peek() >= 0xc4 and self.peek() <= 0xc6;
    }

    /// Text or binary data.
    pub fn text(self: *Reader) []const u8 {
        const first = self.byte();
        return switch (first) {
            0xa0...0xbf => self.take(first & 0x1f),
            0xd9, 0xc4 => self.take(self.unsigned(1)),
            0xda, 0xc5 => self.take(self.unsigned(2)),
            0xdb, 0xc6 => self.take(self.unsigned(4)),
            else => {
                self.fail();
                return "";
            },
        };
    }

    pub fn boolean(self: *Reader) bool {
        return self.byte() == 0xc3;
    }

    pub fn integer(self: *Reader) i64 {
        const first = self.byte();
        return switch (first) {
            0x00...0x7f => first,
            0xe0...0xff => @as(i8, @bitCast(first)),
            0xcc => @intCast(self.unsigned(1)),
            0xcd => @intCast(self.unsigned(2)),
            0xce => @intCast(self.unsigned(4)),
            0xcf, 0xd3 => @bitCast(self.unsigned(8)),
            0xd0 => @as(i8, @bitCast(@as(u8, @intCast(self.unsigned(1))))),
            0xd1 => @as(i16, @bitCast(@as(u16, @intCast(self.unsigned(2))))),
            0xd2 => @as(i32, @bitCast(@as(u32, @intCast(self.unsigned(4))))),
            0xcb => std.math.lossyCast(i64, @as(f64, @bitCast(self.unsigned(8)))),
            else => {
                self.fail();
                return 0;
            },
        };
    }

    /// Moves past one item and gives its bytes.
    pub fn skip(self: *Reader) []const u8 {
        const before = self.rest;
        self.pass(0);
        return if (self.failed) "" else before[0 .. before.len - self.rest.len];
    }

    fn pass(self: *Reader, depth: u32) void {
        if (depth > 32) return self.fail();
        var inside: usize = 0;
        switch (self.peek()) {
            0x80...0x8f, 0xde, 0xdf => inside = self.map() * 2,
            0x90...0x9f, 0xdc, 0xdd => inside = self.list(),
            0xa0...0xbf, 0xd9...0xdb, 0xc4...0xc6 => _ = self.text(),
            0xc0, 0xc2, 0xc3 => _ = self.byte(),
            else => _ = self.integer(),
        }
        while (inside > 0 and !self.failed) : (inside -= 1) self.pass(depth + 1);
    }
};
