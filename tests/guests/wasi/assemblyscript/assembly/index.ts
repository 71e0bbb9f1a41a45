// Programs in AssemblyScript on the bare imports of preview 1, one behaviour each; the first argument names the one to run.
// `program("name", "expectation", run)`: `exit N`, or `trap`. A failed check ends with 100 plus its number.

@external("wasi_snapshot_preview1", "args_sizes_get")
declare function args_sizes_get(count: usize, size: usize): i32;
@external("wasi_snapshot_preview1", "args_get")
declare function args_get(pointers: usize, buffer: usize): i32;
@external("wasi_snapshot_preview1", "environ_sizes_get")
declare function environ_sizes_get(count: usize, size: usize): i32;
@external("wasi_snapshot_preview1", "environ_get")
declare function environ_get(pointers: usize, buffer: usize): i32;
@external("wasi_snapshot_preview1", "clock_time_get")
declare function clock_time_get(id: i32, precision: i64, time: usize): i32;
@external("wasi_snapshot_preview1", "random_get")
declare function random_get(buffer: usize, length: usize): i32;
@external("wasi_snapshot_preview1", "proc_exit")
declare function proc_exit(code: i32): void;
@external("wasi_snapshot_preview1", "path_open")
declare function path_open(fd: i32, lookup: i32, path: usize, length: usize, flags: i32, base: i64, inheriting: i64, fdFlags: i32, opened: usize): i32;
@external("wasi_snapshot_preview1", "path_filestat_get")
declare function path_filestat_get(fd: i32, lookup: i32, path: usize, length: usize, stat: usize): i32;
@external("wasi_snapshot_preview1", "path_create_directory")
declare function path_create_directory(fd: i32, path: usize, length: usize): i32;
@external("wasi_snapshot_preview1", "path_rename")
declare function path_rename(fd: i32, path: usize, length: usize, toFd: i32, to: usize, toLength: usize): i32;
@external("wasi_snapshot_preview1", "path_unlink_file")
declare function path_unlink_file(fd: i32, path: usize, length: usize): i32;
@external("wasi_snapshot_preview1", "fd_write")
declare function fd_write(fd: i32, list: usize, count: i32, written: usize): i32;
@external("wasi_snapshot_preview1", "fd_read")
declare function fd_read(fd: i32, list: usize, count: i32, read: usize): i32;
@external("wasi_snapshot_preview1", "fd_seek")
declare function fd_seek(fd: i32, offset: i64, whence: i32, position: usize): i32;
@external("wasi_snapshot_preview1", "fd_close")
declare function fd_close(fd: i32): i32;
@external("wasi_snapshot_preview1", "fd_readdir")
declare function fd_readdir(fd: i32, buffer: usize, length: usize, cookie: i64, used: usize): i32;
@external("wasi_snapshot_preview1", "poll_oneoff")
declare function poll_oneoff(subscriptions: usize, events: usize, count: i32, written: usize): i32;

const WORK = 3, CREAT = 1, DIRECTORY = 2, TRUNC = 8;
const BADF = 8, EXIST = 20, INVAL = 28, NOENT = 44, PERM = 63;
const scratch = memory.data(256, 8);

let checks = 0;
function check(condition: bool): void {
  checks++;
  if (!condition) proc_exit(100 + checks);
}

function out(): i32 {
  return load<i32>(scratch);
}

function open(path: string, flags: i32 = 0): i32 {
  const name = String.UTF8.encode(path);
  return path_open(WORK, 1, changetype<usize>(name), name.byteLength, flags, 0, 0, 0, scratch);
}

function write(fd: i32, bytes: ArrayBuffer): i32 {
  store<usize>(scratch + 16, changetype<usize>(bytes));
  store<i32>(scratch + 20, bytes.byteLength);
  return fd_write(fd, scratch + 16, 1, scratch);
}

function read(fd: i32, bytes: ArrayBuffer): i32 {
  store<usize>(scratch + 16, changetype<usize>(bytes));
  store<i32>(scratch + 20, bytes.byteLength);
  return fd_read(fd, scratch + 16, 1, scratch);
}

function put(path: string, text: string): void {
  check(open(path, CREAT | TRUNC) == 0);
  const fd = out();
  check(write(fd, String.UTF8.encode(text)) == 0 && fd_close(fd) == 0);
}

/** Lists as `args` and `environ` give them. */
function strings(environ: bool): string[] {
  check((environ ? environ_sizes_get(scratch, scratch + 4) : args_sizes_get(scratch, scratch + 4)) == 0);
  const count = load<i32>(scratch);
  const pointers = new ArrayBuffer(4 * count);
  const buffer = new ArrayBuffer(load<i32>(scratch + 4));
  const at = changetype<usize>(pointers);
  check((environ ? environ_get(at, changetype<usize>(buffer)) : args_get(at, changetype<usize>(buffer))) == 0);
  const all: string[] = [];
  for (let index = 0; index < count; index++) {
    all.push(String.UTF8.decodeUnsafe(load<usize>(at + 4 * index), 1 << 20, true));
  }
  return all;
}

class Program {
  constructor(public name: string, public run: () => void) {}
}
const programs: Program[] = [];
function program(name: string, _expectation: string, run: () => void): void {
  programs.push(new Program(name, run));
}

program("files", "exit 0", () => {
  put("f", "grüße, 世界");
  check(open("f") == 0);
  const fd = out();
  const bytes = new ArrayBuffer(64);
  check(read(fd, bytes) == 0 && String.UTF8.decode(bytes.slice(0, out())) == "grüße, 世界");
  check(read(fd, bytes) == 0 && out() == 0);
  check(fd_seek(fd, -6, 2, scratch) == 0 && read(fd, bytes) == 0);
  check(String.UTF8.decode(bytes.slice(0, out())) == "世界");
  check(fd_close(fd) == 0 && fd_close(fd) == BADF && read(fd, bytes) == BADF);
});

program("large_file", "exit 0", () => {
  const block = new Uint8Array(100_000);
  for (let index = 0; index < block.length; index++) block[index] = <u8>(index * 7);
  check(open("large", CREAT) == 0);
  const fd = out();
  for (let times = 0; times < 10; times++) check(write(fd, block.buffer) == 0 && out() == 100_000);
  const back = new Uint8Array(100_000);
  check(fd_seek(fd, 900_000, 0, scratch) == 0 && read(fd, back.buffer) == 0 && out() == 100_000);
  for (let index = 0; index < block.length; index += 997) check(back[index] == block[index]);
});

program("names", "exit 0", () => {
  const folder = String.UTF8.encode("ordner-é"), from = String.UTF8.encode("a"), to = String.UTF8.encode("ordner-é/b");
  const at = changetype<usize>(folder), length = folder.byteLength;
  check(path_create_directory(WORK, at, length) == 0 && path_create_directory(WORK, at, length) == EXIST);
  put("a", "x");
  check(path_rename(WORK, changetype<usize>(from), 1, WORK, changetype<usize>(to), to.byteLength) == 0);
  check(open("a") == NOENT && open("ordner-é/b") == 0);
  check(path_unlink_file(WORK, changetype<usize>(to), to.byteLength) == 0 && open("ordner-é/b") == NOENT);
});

// A buffer of 100 bytes holds two or three names: every call but the last fills it to its end.
program("listing", "exit 0", () => {
  for (let index = 0; index < 40; index++) put("entry-" + index.toString(), "");
  check(open(".", DIRECTORY) == 0);
  const fd = out();
  const found = new Set<string>();
  const buffer = new ArrayBuffer(100);
  const at = changetype<usize>(buffer);
  for (let cookie: i64 = 0;;) {
    check(fd_readdir(fd, at, 100, cookie, scratch) == 0);
    const used = out();
    let from = 0;
    while (from + 24 <= used) {
      const length = load<i32>(at + from + 16);
      if (from + 24 + length > used) break;
      found.add(String.UTF8.decodeUnsafe(at + from + 24, length));
      cookie = load<i64>(at + from);
      check(load<i64>(at + from + 8) != 0);
      from += 24 + length;
    }
    if (used < 100) break;
  }
  check(found.size == 42 && found.has(".") && found.has("entry-39"));
});

program("environment", "exit 0", () => {
  const all = strings(true);
  check(all.length == 1 && all[0] == "NAME=a value");
});

program("clocks_and_waiting", "exit 0", () => {
  check(clock_time_get(1, 1, scratch) == 0);
  const before = load<i64>(scratch);
  const subscription = memory.data(48, 8), event = memory.data(32, 8);
  store<i32>(subscription + 16, 1);
  store<i64>(subscription + 24, 2_000_000);
  check(poll_oneoff(subscription, event, 1, scratch) == 0 && out() == 1);
  check(clock_time_get(1, 1, scratch) == 0 && load<i64>(scratch) - before >= 2_000_000);
  check(clock_time_get(9, 1, scratch) == INVAL);
});

program("randomness", "exit 0", () => {
  const bytes = new Uint8Array(1000);
  check(random_get(bytes.dataStart, 1000) == 0);
  const seen = new Map<u8, i32>();
  for (let index = 0; index < 1000; index++) seen.set(bytes[index], 1);
  check(seen.size > 150);
});

program("hostile_paths", "exit 0", () => {
  const paths = ["../outside/secret", "/etc/passwd", "a/../../outside/secret", "..", "./..", "/"];
  for (let index = 0; index < paths.length; index++) {
    const name = String.UTF8.encode(paths[index]);
    const errno = open(paths[index]);
    check(errno == PERM || errno == NOENT);
    const told = path_filestat_get(WORK, 1, changetype<usize>(name), name.byteLength, scratch);
    check(told == PERM || told == NOENT);
  }
});

program("exit_code", "exit 17", () => proc_exit(17));
program("out_of_bounds", "trap", () => {
  const list: i32[] = [1, 2, 3];
  proc_exit(list[programs.length]);
});
program("divided_by_zero", "trap", () => proc_exit(1 / (programs.length - programs.length)));
program("deep_recursion", "trap", () => proc_exit(deeper(1)));
function deeper(depth: i32): i32 {
  return deeper(depth + 1) * 31 + depth;
}

program("memory_refused", "exit 0", () => {
  const pages = memory.size();
  let grown = 0;
  while (memory.grow(16) != -1) grown += 16;
  check(grown > 0 && memory.size() == pages + grown && memory.size() <= 512);
  check(memory.grow(0) == memory.size() && memory.grow(65536) == -1);
});
// The runtime asks for more than there is, and traps where it gets nothing.
program("runtime_out_of_memory", "trap", () => {
  const kept: ArrayBuffer[] = [];
  for (;;) kept.push(new ArrayBuffer(1 << 20));
});
program("garbage_collected", "exit 0", () => {
  let sum = 0;
  for (let round = 0; round < 2000; round++) sum += new Uint8Array(100_000).length;
  check(sum == 200_000_000);
});

export function _start(): void {
  const name = strings(false)[1];
  for (let index = 0; index < programs.length; index++) {
    if (programs[index].name == name) return programs[index].run();
  }
  proc_exit(99);
}
