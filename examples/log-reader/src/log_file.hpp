// Log files on the device, through the folder that the manifest mounts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// A file of the folder.
struct LogInfo {
  std::string name;
  int64_t size_bytes = 0;
  int64_t changed_seconds = 0;  ///< since 1970
};

/// The files of the folder by name; `error` is an errno, or 0.
struct Listing {
  int error = 0;
  std::vector<LogInfo> logs;
};

/// Lists the folder.
Listing list_logs();

/// One log file, read line by line with a buffer of fixed size, however large the file is.
class LogFile {
 public:
  /// Opens a file of the folder; `error()` says how that went.
  explicit LogFile(std::string_view name);
  ~LogFile();
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  /// An errno, or 0.
  int error() const { return error_; }

  /// Goes to where the last `lines` lines begin.
  void to_tail(size_t lines);

  /// The next line, without its end; a view that holds until the next call. False at the end of the file.
  /// A line longer than the buffer comes in pieces.
  bool next(std::string_view& line);

 private:
  int descriptor_ = -1;
  int error_ = 0;
  std::string buffer_;
  size_t from_ = 0;
  bool ended_ = false;

  bool fill();
};
