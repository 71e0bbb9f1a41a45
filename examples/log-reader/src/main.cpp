// A REST API over the log files of a device. See README.md for what it answers.
#include <berth/berth.hpp>

#include <errno.h>
#include <time.h>

#include "level.hpp"
#include "log_file.hpp"

using berth::Json;
using berth::Request;
using berth::Response;

namespace {

constexpr int64_t LINES_DEFAULT = 20;
constexpr int64_t LINES_MAX = 1000;

void refuse(Response& response, int error, const std::string& name) {
  if (error == ENOENT || error == EISDIR) return response.error(404, "there is no log " + name);
  if (error == EACCES || error == EPERM || error == ENOTCAPABLE) {
    return response.error(403, "the device does not let this service read " + name);
  }
  response.error(500, name + " cannot be read");
}

int64_t count_of(Request& request, std::string_view parameter) {
  return std::clamp<int64_t>(request.query_number(parameter, LINES_DEFAULT), 1, LINES_MAX);
}

char lower(char letter) { return letter >= 'A' && letter <= 'Z' ? char(letter | 0x20) : letter; }

bool contains(std::string_view line, std::string_view text, bool any_case) {
  if (!any_case) return line.find(text) != std::string_view::npos;
  auto same = [](char a, char b) { return lower(a) == lower(b); };
  return std::search(line.begin(), line.end(), text.begin(), text.end(), same) != line.end();
}

/// GET / — the logs there are.
void list(Request&, Response& response) {
  Listing listing = list_logs();
  if (listing.error != 0) return refuse(response, listing.error, "/logs");
  int64_t now = time(nullptr);
  Json logs = Json::list();
  for (const LogInfo& log : listing.logs) {
    logs.push(Json::object()
                  .set("name", log.name)
                  .set("sizeBytes", log.size_bytes)
                  .set("secondsSinceChange", now - log.changed_seconds));
  }
  response.json(Json::object().set("logs", std::move(logs)));
}

/// GET /:name/tail?lines=20&level=warn — the last lines.
void tail(Request& request, Response& response) {
  std::string name = request.param("name");
  LogFile file(name);
  if (file.error() != 0) return refuse(response, file.error(), name);
  file.to_tail(size_t(count_of(request, "lines")));
  Level least = level_named(request.query("level"));
  Json lines = Json::list();
  for (std::string_view line; file.next(line);) {
    if (level_of(line) >= least) lines.push(line);
  }
  response.json(Json::object().set("name", name).set("lines", std::move(lines)));
}

/// GET /:name/grep?text=…&ignore-case=1&level=warn&limit=20 — the first lines that contain a text.
void grep(Request& request, Response& response) {
  std::string name = request.param("name");
  LogFile file(name);
  if (file.error() != 0) return refuse(response, file.error(), name);
  std::string text = request.query("text");
  bool any_case = request.query("ignore-case") == "1";
  Level least = level_named(request.query("level"));
  size_t limit = size_t(count_of(request, "limit"));
  Json found = Json::list();
  int64_t number = 0;
  for (std::string_view line; found.size() < limit && file.next(line);) {
    number++;
    if (level_of(line) < least || !contains(line, text, any_case)) continue;
    found.push(Json::object().set("line", number).set("text", line));
  }
  response.json(Json::object().set("name", name).set("found", std::move(found)));
}

/// GET /:name/counts — how many lines of each level.
void counts(Request& request, Response& response) {
  std::string name = request.param("name");
  LogFile file(name);
  if (file.error() != 0) return refuse(response, file.error(), name);
  constexpr Level LEVELS[] = {Level::error, Level::warn, Level::info, Level::debug, Level::none};
  int64_t counted[5] = {};
  int64_t lines = 0;
  for (std::string_view line; file.next(line); lines++) counted[size_t(level_of(line))]++;
  Json levels = Json::object();
  for (Level level : LEVELS) levels.set(name_of(level), counted[size_t(level)]);
  response.json(Json::object().set("name", name).set("lines", lines).set("levels", std::move(levels)));
}

}  // namespace

BERTH_SERVICE(app) {
  app.get("/", list);
  app.get("/:name/tail", tail);
  app.get("/:name/grep", grep);
  app.get("/:name/counts", counts);
}
