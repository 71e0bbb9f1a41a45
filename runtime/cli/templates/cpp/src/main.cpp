// {{name}}: says hello and remembers how often.
#include <berth/berth.hpp>

using berth::Json;
using berth::Request;
using berth::Response;

BERTH_SERVICE(app) {
  app.get("/", [](Request&, Response& response) { response.text("{{name}} is here; try /hello/you\n"); });

  // Storage needs the "storage" capability of berth.json.
  app.get("/hello/:name", [](Request& request, Response& response) {
    std::string name = request.param("name");
    auto before = berth::storage::get(name);
    if (!before) return response.error(500, before.error.message);
    int64_t times = Json::parse(before->found ? before->value : "0").integer() + 1;
    auto stored = berth::storage::set(name, Json(times).dump());
    if (!stored) return response.error(500, stored.error.message);
    berth::log::info("said hello", {{"name", name}});
    response.json(Json::object().set("greeting", "hello " + name).set("times", times));
  });
}
