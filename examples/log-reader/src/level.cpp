#include "level.hpp"

namespace {

struct Word {
  std::string_view text;
  Level level;
};

/// What logs call their levels, in lower case.
constexpr Word WORDS[] = {
    {"trace", Level::debug},   {"debug", Level::debug},  {"info", Level::info},    {"notice", Level::info},
    {"warn", Level::warn},     {"warning", Level::warn}, {"error", Level::error},  {"err", Level::error},
    {"critical", Level::error}, {"crit", Level::error},  {"fatal", Level::error},  {"panic", Level::error},
};

/// A level stands near the start of a line; further on the word is part of the message.
constexpr size_t LOOKED_AT = 96;

bool is_letter(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
}

bool same(std::string_view lower, std::string_view text) {
  if (lower.size() != text.size()) return false;
  for (size_t at = 0; at < text.size(); at++) {
    if (lower[at] != (text[at] | 0x20)) return false;
  }
  return true;
}

Level find(std::string_view word) {
  for (const Word& known : WORDS) {
    if (same(known.text, word)) return known.level;
  }
  return Level::none;
}

}  // namespace

std::string_view name_of(Level level) {
  switch (level) {
    case Level::debug: return "debug";
    case Level::info: return "info";
    case Level::warn: return "warn";
    case Level::error: return "error";
    case Level::none: break;
  }
  return "none";
}

Level level_named(std::string_view name) { return find(name); }

Level level_of(std::string_view line) {
  std::string_view start = line.substr(0, LOOKED_AT);
  for (size_t at = 0; at < start.size();) {
    if (!is_letter(start[at])) {
      at++;
      continue;
    }
    size_t end = at;
    while (end < start.size() && is_letter(start[end])) end++;
    Level level = find(start.substr(at, end - at));
    if (level != Level::none) return level;
    at = end;
  }
  return Level::none;
}
