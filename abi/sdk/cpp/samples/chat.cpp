// Chat: WebSocket connections, messages to one and to all of a room, calls to another service.
#include <berth/berth.hpp>

BERTH_SERVICE(app) {
  app.websocket("/rooms/:room", [](berth::Request& request, berth::Response& response) {
    std::string room = "/rooms/" + request.param("room");
    std::string_view event = request.event();
    if (event == "websocket.open") {
      if (request.query("name").empty()) return response.error(401, "say your name: ?name=…");
      berth::websocket::send(request.connection(), "welcome " + request.query("name"));
    } else if (event == "websocket.message" && request.binary()) {
      berth::websocket::send_binary(request.connection(), request.whole_body());
    } else if (event == "websocket.message") {
      berth::websocket::publish(request.query("name") + ": " + request.whole_body(), room);
    } else {
      berth::websocket::publish(request.query("name") + " left", room);
    }
  });

  app.post("/kick/:connection", [](berth::Request& request, berth::Response& response) {
    auto done = berth::websocket::close(request.param("connection"), 4001, "kicked");
    response.text(done ? "kicked" : done.error.name);
  });

  app.get("/ask/:service", [](berth::Request& request, berth::Response& response) {
    auto answer = berth::call_service(request.param("service"), "/hello/chat?greeting=hi");
    if (!answer) return response.error(502, answer.error.name);
    response.status(answer->status).text(answer->body);
  });
}
