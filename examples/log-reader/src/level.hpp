// How serious a line of a log is.
#pragma once

#include <string_view>

/// The levels that are told apart; `none` for a line that names none.
enum class Level { none, debug, info, warn, error };

/// How a level is written in queries and answers.
std::string_view name_of(Level level);

/// The level that a query names; `none` when it names none that is known.
Level level_named(std::string_view name);

/// The level of a line: the first word among its first that is one (`ERROR`, `[warn]`, `level=info` …).
Level level_of(std::string_view line);
