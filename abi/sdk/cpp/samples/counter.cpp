// Counter: storage, JSON, compare-and-set.
#include <berth/berth.hpp>

namespace storage = berth::storage;
using berth::Json;

static std::string key_of(const berth::Request& request) { return "counter:" + request.param("name"); }

static int64_t number(const std::string& text) { return std::strtoll(text.c_str(), nullptr, 10); }

static void fail(berth::Response& response, const berth::Error& error) {
  response.error(error.code == berth::Code::denied ? 403 : 500, error.name + ": " + error.message);
}

BERTH_SERVICE(app) {
  app.get("/counters", [](berth::Request&, berth::Response& response) {
    auto page = storage::list({"counter:"});
    if (!page) return fail(response, page.error);
    Json counters = Json::object();
    for (const auto& item : *page) counters.set(item.key.substr(8), number(item.value));
    response.json(counters);
  });

  app.get("/counters/:name", [](berth::Request& request, berth::Response& response) {
    auto item = storage::get(key_of(request));
    if (!item) return fail(response, item.error);
    if (!item->found) return response.error(404, "no such counter");
    response.json(Json::object().set("name", request.param("name")).set("value", number(item->value)));
  });

  app.post("/counters/:name", [](berth::Request& request, berth::Response& response) {
    bool ok = true;
    Json body = request.body().empty() ? Json::object() : berth::json_body(request, &ok);
    if (!ok) return response.error(400, "the body is no JSON");
    int64_t by = body.has("by") ? body["by"].integer() : 1;
    std::string key = key_of(request);
    for (;;) {
      auto item = storage::get(key);
      if (!item) return fail(response, item.error);
      int64_t value = (item->found ? number(item->value) : 0) + by;
      std::optional<std::string_view> before;
      if (item->found) before = item->value;
      auto swapped = storage::compare_and_set(key, before, std::to_string(value));
      if (!swapped) return fail(response, swapped.error);
      if (!*swapped) continue;  // somebody else was faster: look again
      berth::log::info("counted", {{"name", request.param("name")}});
      return response.json(Json::object().set("name", request.param("name")).set("value", value));
    }
  });

  app.del("/counters/:name", [](berth::Request& request, berth::Response& response) {
    auto removed = storage::remove(key_of(request));
    if (!removed) return fail(response, removed.error);
    response.status(*removed ? 204 : 404).text("");
  });
}
