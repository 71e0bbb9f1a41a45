#include "log_file.hpp"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace {

/// Where the manifest mounts the device's folder.
constexpr std::string_view FOLDER = "/logs";
constexpr size_t BUFFER_BYTES = 32 << 10;
constexpr size_t FILES_MAX = 1000;

std::string path_of(std::string_view name) { return std::string(FOLDER) + "/" + std::string(name); }

}  // namespace

Listing list_logs() {
  Listing listing;
  DIR* folder = opendir(std::string(FOLDER).c_str());
  if (!folder) {
    listing.error = errno;
    return listing;
  }
  while (dirent* entry = readdir(folder)) {
    if (listing.logs.size() == FILES_MAX) break;
    if (entry->d_name[0] == '.') continue;  // the folder itself, its parent, hidden files
    struct stat status;
    if (stat(path_of(entry->d_name).c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    listing.logs.push_back({entry->d_name, status.st_size, status.st_mtim.tv_sec});
  }
  closedir(folder);
  std::sort(listing.logs.begin(), listing.logs.end(),
            [](const LogInfo& a, const LogInfo& b) { return a.name < b.name; });
  return listing;
}

LogFile::LogFile(std::string_view name) {
  // No check of the name: whatever way out of the folder it spells, the host opens nothing but what is inside.
  descriptor_ = open(path_of(name).c_str(), O_RDONLY);
  if (descriptor_ < 0) error_ = errno;
}

LogFile::~LogFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

void LogFile::to_tail(size_t lines) {
  int64_t end = lseek(descriptor_, 0, SEEK_END);
  int64_t at = end;
  size_t found = 0;
  std::string block(BUFFER_BYTES, '\0');
  while (at > 0 && found <= lines) {
    size_t size = size_t(std::min<int64_t>(at, BUFFER_BYTES));
    at -= int64_t(size);
    lseek(descriptor_, at, SEEK_SET);
    ssize_t count = ::read(descriptor_, block.data(), size);
    for (ssize_t index = count - 1; index >= 0; index--) {
      bool last = at + index == end - 1;  // the end of the last line begins no other
      if (block[size_t(index)] != '\n' || last || ++found < lines) continue;
      lseek(descriptor_, at + index + 1, SEEK_SET);
      return;
    }
  }
  lseek(descriptor_, 0, SEEK_SET);
}

bool LogFile::next(std::string_view& line) {
  for (;;) {
    size_t end = buffer_.find('\n', from_);
    size_t stop = end == std::string::npos ? buffer_.size() : end;
    bool whole = end != std::string::npos || ended_ || stop - from_ >= BUFFER_BYTES;
    if (whole) {
      if (stop == from_ && end == std::string::npos) return false;
      line = std::string_view(buffer_).substr(from_, stop - from_);
      if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
      from_ = end == std::string::npos ? stop : end + 1;
      return true;
    }
    if (!fill()) ended_ = true;
  }
}

bool LogFile::fill() {
  buffer_.erase(0, from_);
  from_ = 0;
  size_t before = buffer_.size();
  buffer_.resize(before + BUFFER_BYTES);
  ssize_t count = ::read(descriptor_, buffer_.data() + before, BUFFER_BYTES);
  buffer_.resize(before + size_t(std::max<ssize_t>(count, 0)));
  return count > 0;
}
