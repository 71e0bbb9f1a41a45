// Hello: routes, path parameters, query, a status of its own.
#include <berth/berth.hpp>

BERTH_SERVICE(app) {
  app.get("/", [](berth::Request&, berth::Response& response) { response.text("hello from C++"); });

  app.get("/hello/:name", [](berth::Request& request, berth::Response& response) {
    std::string greeting = request.query("greeting", "hello");
    response.text(greeting + " " + request.param("name"));
  });

  app.post("/echo", [](berth::Request& request, berth::Response& response) {
    std::string body = request.whole_body();
    response.status(201).header("x-length", std::to_string(body.size()));
    response.header("set-cookie", "a=1").header("set-cookie", "b=2");
    std::string_view type = request.header("content-type");
    response.send(body, type.empty() ? "application/octet-stream" : type);
  });
}
