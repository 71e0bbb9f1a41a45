const std = @import("std");

pub fn build(b: *std.Build) void {
    const target = b.resolveTargetQuery(.{ .cpu_arch = .wasm32, .os_tag = .wasi });
    const optimize = b.standardOptimizeOption(.{ .preferred_optimize_mode = .ReleaseSmall });
    const sdk: std.Build.LazyPath = .{ .cwd_relative = "{{sdk}}/berth.zig" };
    const berth = b.createModule(.{ .root_source_file = sdk, .target = target, .optimize = optimize });
    const root = b.createModule(.{ .root_source_file = b.path("src/main.zig"), .target = target, .optimize = optimize });
    root.addImport("berth", berth);
    const service = b.addExecutable(.{ .name = "{{name}}", .root_module = root });
    service.entry = .disabled;
    service.rdynamic = true;
    b.installArtifact(service);
}
