// Programs that lean on the C and C++ libraries, one behaviour each; the first argument names the one to run.
// `PROGRAM(name, "expectation")`: `exit N`, or `trap`. A failed CHECK ends with 100 and says where.
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <dirent.h>
#include <fcntl.h>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <vector>

#define CHECK(condition)                                                              \
  do {                                                                                \
    if (!(condition)) {                                                               \
      printf("line %d: %s, errno %d\n", __LINE__, #condition, errno);                 \
      exit(100);                                                                      \
    }                                                                                 \
  } while (0)

// The mount.
#define WORK "/" "work"

using Program = int (*)(int, char **);
struct Registered {
  const char *name;
  Program run;
};
static std::vector<Registered> &programs() {
  static std::vector<Registered> all;
  return all;
}
#define PROGRAM(name, expectation)                                                    \
  static int name(int, char **);                                                      \
  static const bool name##_registered = (programs().push_back({#name, name}), true);  \
  static int name([[maybe_unused]] int argc, [[maybe_unused]] char **argv)

static void put(const char *path, const std::string &text) {
  FILE *file = fopen(path, "w");
  CHECK(file != nullptr);
  CHECK(fwrite(text.data(), 1, text.size(), file) == text.size());
  CHECK(fclose(file) == 0);
}

static std::string get(const char *path) {
  FILE *file = fopen(path, "r");
  CHECK(file != nullptr);
  std::string text;
  char piece[77];
  for (size_t got; (got = fread(piece, 1, sizeof piece, file)) > 0;) text.append(piece, got);
  CHECK(!ferror(file) && fclose(file) == 0);
  return text;
}

PROGRAM(stdio_positions, "exit 0") {
  FILE *file = fopen(WORK "/f", "w+");
  CHECK(file && fputs("0123456789", file) >= 0);
  CHECK(ftell(file) == 10 && fseek(file, 3, SEEK_SET) == 0 && fgetc(file) == '3');
  CHECK(ungetc('x', file) == 'x' && fgetc(file) == 'x' && fgetc(file) == '4');
  CHECK(fseek(file, -1, SEEK_END) == 0 && fgetc(file) == '9' && fgetc(file) == EOF && feof(file));
  CHECK(fseek(file, -1, SEEK_SET) != 0 && errno == EINVAL);
  rewind(file);
  CHECK(fputc('A', file) == 'A' && fflush(file) == 0 && fgetc(file) == '1');
  CHECK(fseek(file, 20, SEEK_SET) == 0 && fputc('Z', file) == 'Z' && fclose(file) == 0);
  CHECK(get(WORK "/f") == std::string("A123456789\0\0\0\0\0\0\0\0\0\0Z", 21));
  return 0;
}

PROGRAM(stdio_append, "exit 0") {
  put(WORK "/log", "one\n");
  FILE *file = fopen(WORK "/log", "a+");
  CHECK(file && fgetc(file) == 'o' && fputs("two\n", file) >= 0 && fclose(file) == 0);
  CHECK(get(WORK "/log") == "one\ntwo\n");
  file = fopen(WORK "/log", "r");
  CHECK(file && fputc('x', file) == EOF && ferror(file));
  return fclose(file);
}

PROGRAM(stdio_large, "exit 0") {
  FILE *file = fopen(WORK "/lines", "w");
  for (int line = 0; line < 20000; line++) CHECK(fprintf(file, "line %d\n", line) > 0);
  CHECK(fclose(file) == 0 && (file = fopen(WORK "/lines", "r")));
  char text[32];
  for (int line = 0; line < 20000; line++) {
    CHECK(fgets(text, sizeof text, file) && atoi(text + 5) == line);
  }
  CHECK(!fgets(text, sizeof text, file) && feof(file));
  return fclose(file);
}

PROGRAM(missing_and_modes, "exit 0") {
  CHECK(!fopen(WORK "/none", "r") && errno == ENOENT);
  CHECK(!fopen(WORK "/none/f", "w") && errno == ENOENT);
  CHECK(mkdir(WORK "/d", 0777) == 0 && mkdir(WORK "/d", 0777) == -1 && errno == EEXIST);
  CHECK(open(WORK "/d", O_WRONLY) == -1 && errno == EISDIR);
  put(WORK "/f", "x");
  CHECK(open(WORK "/f", O_CREAT | O_EXCL | O_WRONLY, 0666) == -1 && errno == EEXIST);
  CHECK(open(WORK "/f/", O_RDONLY) == -1 && errno == ENOTDIR);
  CHECK(rmdir(WORK "/f") == -1 && errno == ENOTDIR);
  CHECK(unlink(WORK "/d") == -1 && (errno == EISDIR || errno == EPERM));
  return 0;
}

PROGRAM(renaming, "exit 0") {
  put(WORK "/a", "a");
  put(WORK "/b", "b");
  CHECK(rename(WORK "/a", WORK "/b") == 0 && get(WORK "/b") == "a" && access(WORK "/a", F_OK) == -1);
  CHECK(mkdir(WORK "/d", 0777) == 0 && rename(WORK "/b", WORK "/d/c") == 0 && get(WORK "/d/c") == "a");
  CHECK(rename(WORK "/d", WORK "/e") == 0 && get(WORK "/e/c") == "a");
  CHECK(rename(WORK "/e", WORK "/e/inside") == -1 && errno == EINVAL);
  CHECK(remove(WORK "/e") == -1 && errno == ENOTEMPTY && remove(WORK "/e/c") == 0 && remove(WORK "/e") == 0);
  return 0;
}

PROGRAM(descriptors, "exit 0") {
  int fd = open(WORK "/f", O_CREAT | O_RDWR, 0666);
  iovec parts[] = {{(void *)"ab", 2}, {(void *)"", 0}, {(void *)"cde", 3}};
  CHECK(fd >= 0 && writev(fd, parts, 3) == 5 && pwrite(fd, "X", 1, 1) == 1 && lseek(fd, 0, SEEK_CUR) == 5);
  char text[8] = {};
  CHECK(pread(fd, text, 8, 0) == 5 && !strcmp(text, "aXcde") && ftruncate(fd, 2) == 0);
  struct stat facts, other;
  CHECK(fstat(fd, &facts) == 0 && facts.st_size == 2 && facts.st_nlink == 1 && S_ISREG(facts.st_mode));
  CHECK(link(WORK "/f", WORK "/g") == 0 && stat(WORK "/g", &other) == 0);
  CHECK(other.st_ino == facts.st_ino && other.st_dev == facts.st_dev && other.st_nlink == 2);
  CHECK(unlink(WORK "/f") == 0 && write(fd, "yz", 2) == 2 && close(fd) == 0 && close(fd) == -1);
  return errno == EBADF ? 0 : 1;
}

PROGRAM(times, "exit 0") {
  put(WORK "/f", "");
  struct timespec set[] = {{1000000000, 123000000}, {1500000000, 456000000}};
  struct stat facts;
  CHECK(utimensat(AT_FDCWD, WORK "/f", set, 0) == 0 && stat(WORK "/f", &facts) == 0);
  CHECK(facts.st_atim.tv_sec == 1000000000 && facts.st_mtim.tv_sec == 1500000000);
  CHECK(facts.st_mtim.tv_nsec == 456000000);
  struct timespec now[] = {{0, UTIME_OMIT}, {0, UTIME_NOW}};
  CHECK(utimensat(AT_FDCWD, WORK "/f", now, 0) == 0 && stat(WORK "/f", &facts) == 0);
  CHECK(facts.st_atim.tv_sec == 1000000000 && facts.st_mtim.tv_sec > 1700000000);
  return 0;
}

// A buffer of libc holds about a hundred entries: the listing is taken in several calls.
PROGRAM(listing, "exit 0") {
  for (int i = 0; i < 300; i++) put((WORK "/entry-" + std::to_string(i)).c_str(), "");
  DIR *folder = opendir(WORK);
  CHECK(folder != nullptr);
  std::map<std::string, ino_t> seen;
  long half = 0;
  while (dirent *entry = readdir(folder)) {
    CHECK(seen.emplace(entry->d_name, entry->d_ino).second);
    if (seen.size() == 150) half = telldir(folder);
  }
  CHECK(seen.size() == 302 && seen.count(".") && seen.count(".."));
  struct stat facts;
  CHECK(stat(WORK "/entry-7", &facts) == 0 && facts.st_ino == seen["entry-7"]);
  seekdir(folder, half);
  size_t rest = 0;
  while (readdir(folder)) rest++;
  CHECK(rest == 152);
  rewinddir(folder);
  CHECK(readdir(folder) && closedir(folder) == 0);
  return 0;
}

PROGRAM(removing_while_listing, "exit 0") {
  for (int i = 0; i < 250; i++) put((WORK "/entry-" + std::to_string(i)).c_str(), "");
  DIR *folder = opendir(WORK);
  while (dirent *entry = readdir(folder)) {
    if (entry->d_name[0] != '.') CHECK(unlinkat(dirfd(folder), entry->d_name, 0) == 0);
  }
  rewinddir(folder);
  int left = 0;
  while (readdir(folder)) left++;
  return left == 2 ? closedir(folder) : 1;
}

PROGRAM(filesystem_library, "exit 0") {
  namespace fs = std::filesystem;
  std::error_code error;
  CHECK(fs::create_directories(WORK "/a/b/c", error) && !error);
  put(WORK "/a/b/file", "contents");
  CHECK(fs::copy_file(WORK "/a/b/file", WORK "/a/b/c/copy", error) && !error);
  CHECK(fs::file_size(WORK "/a/b/c/copy", error) == 8 && fs::is_regular_file(WORK "/a/b/c/copy", error));
  std::set<std::string> found;
  for (const auto &entry : fs::recursive_directory_iterator(WORK, error)) found.insert(entry.path());
  CHECK(!error && found.size() == 5 && found.count(WORK "/a/b/c/copy"));
  CHECK(fs::equivalent(WORK "/a/b/../b/file", WORK "/a/b/file", error));
  fs::rename(WORK "/a/b", WORK "/moved", error);
  CHECK(!error && fs::exists(WORK "/moved/c/copy", error) && !fs::exists(WORK "/a/b", error));
  fs::resize_file(WORK "/moved/file", 3, error);
  CHECK(!error && get(WORK "/moved/file") == "con");
  CHECK(fs::remove_all(WORK "/moved", error) == 4 && !error);
  CHECK(!fs::remove(WORK "/none", error) && !error && fs::is_empty(WORK "/a", error));
  return 0;
}

PROGRAM(environment, "exit 0") {
  CHECK(getenv("NAME") && !strcmp(getenv("NAME"), "a value") && !getenv("PATH") && !getenv("HOME"));
  CHECK(setenv("NAME", "other", 1) == 0 && !strcmp(getenv("NAME"), "other"));
  CHECK(argc == 2 && !strcmp(argv[1], "environment"));
  char folder[64];
  return getcwd(folder, sizeof folder) && !strcmp(folder, "/") ? 0 : 1;
}

PROGRAM(clocks, "exit 0") {
  timespec before, after, resolution;
  CHECK(clock_gettime(CLOCK_MONOTONIC, &before) == 0 && clock_getres(CLOCK_REALTIME, &resolution) == 0);
  timespec pause = {0, 3000000};
  CHECK(nanosleep(&pause, nullptr) == 0 && clock_gettime(CLOCK_MONOTONIC, &after) == 0);
  long long ns = (after.tv_sec - before.tv_sec) * 1000000000LL + after.tv_nsec - before.tv_nsec;
  CHECK(ns >= 3000000 && ns < 10000000000LL && time(nullptr) > 1700000000);
  time_t day = 951782400; // the 29th of February 2000
  tm *parts = gmtime(&day);
  return parts->tm_mon == 1 && parts->tm_mday == 29 ? 0 : 1;
}

PROGRAM(randomness, "exit 0") {
  unsigned char first[256] = {}, second[256] = {};
  CHECK(getentropy(first, 256) == 0 && getentropy(second, 256) == 0 && memcmp(first, second, 256));
  CHECK(getentropy(first, 257) == -1 && errno == EIO);
  return 0;
}

PROGRAM(standard_streams, "exit 0") {
  CHECK(fgetc(stdin) == EOF && feof(stdin) && !isatty(0) && !isatty(1));
  CHECK(fseek(stdout, 0, SEEK_CUR) == -1 && errno == ESPIPE);
  CHECK(fprintf(stderr, "to the log\n") > 0 && write(1, "ok\n", 3) == 3);
  return 0;
}

static void late() { _Exit(43); }
PROGRAM(exit_code, "exit 42") { exit(42); }
PROGRAM(exit_handler, "exit 43") {
  atexit(late);
  return 1;
}
PROGRAM(returned_code, "exit 7") { return 7; }
PROGRAM(aborted, "trap") { abort(); }

static volatile int sink;
#pragma clang diagnostic ignored "-Winfinite-recursion"
__attribute__((noinline)) static int deeper(int depth) {
  volatile char frame[256];
  frame[depth & 255] = (char)depth;
  return deeper(depth + 1) + frame[sink & 255];
}
PROGRAM(deep_recursion, "trap") { return deeper(0); }

PROGRAM(memory_refused, "exit 0") {
  std::vector<void *> blocks;
  blocks.reserve(4096);
  while (void *block = malloc(1 << 20)) blocks.push_back(block);
  CHECK(errno == ENOMEM && blocks.size() > 16 && blocks.size() < 64);
  for (void *block : blocks) free(block);
  // Through a pointer that the compiler cannot see through: it leaves out a block that nobody uses.
  void *(*volatile allocate)(size_t) = malloc;
  CHECK(!allocate(SIZE_MAX / 2) && !allocate(64 << 20));
  void *again = allocate(8 << 20);
  CHECK(again != nullptr);
  memset(again, 1, 8 << 20);
  return 0;
}

PROGRAM(too_many_open, "exit 0") {
  std::vector<int> open_ones;
  put(WORK "/f", "x");
  for (int fd; (fd = open(WORK "/f", O_RDONLY)) >= 0;) open_ones.push_back(fd);
  CHECK(errno == EMFILE && open_ones.size() > 100 && open_ones.size() < 5000);
  for (int fd : open_ones) CHECK(close(fd) == 0);
  return get(WORK "/f") == "x" ? 0 : 1;
}

PROGRAM(long_names, "exit 0") {
  std::string name(256, 'n'), path = WORK;
  CHECK(!fopen((WORK "/" + name).c_str(), "w") && errno == ENAMETOOLONG);
  put((WORK "/" + name.substr(1)).c_str(), "");
  for (int i = 0; i < 3000; i++) path += "/.";
  return !fopen((path + "/f").c_str(), "w") && errno == ENAMETOOLONG ? 0 : 1;
}

PROGRAM(hostile_paths, "exit 0") {
  const char *paths[] = {"../outside/secret", WORK "/../outside/secret", "/etc/passwd", WORK "/../../etc/passwd",
                         WORK "/./../outside/secret", "//etc/passwd", WORK "//../outside/secret"};
  for (const char *path : paths) {
    CHECK(!fopen(path, "r") && !fopen(path, "w") && opendir(path) == nullptr);
    CHECK(access(path, F_OK) == -1 && unlink(path) == -1 && rename(path, WORK "/stolen") == -1);
    CHECK(link(path, WORK "/stolen") == -1 && mkdir((std::string(path) + "-new").c_str(), 0777) == -1);
  }
  int folder = open(WORK, O_RDONLY | O_DIRECTORY);
  CHECK(folder >= 0 && openat(folder, "../outside/secret", O_RDONLY) == -1 && errno == EPERM);
  CHECK(chdir(WORK) == 0 && !fopen("../outside/secret", "r"));
  std::error_code error;
  CHECK(!std::filesystem::exists(WORK "/../outside", error));
  return 0;
}

int main(int argc, char **argv) {
  for (const auto &[name, run] : programs()) {
    if (argc > 1 && !strcmp(name, argv[1])) return run(argc, argv);
  }
  return 101;
}
