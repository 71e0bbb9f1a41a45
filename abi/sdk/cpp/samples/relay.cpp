// Relay: outbound requests, whole and streamed.
#include <berth/berth.hpp>

BERTH_SERVICE(app) {
  app.all("/relay", [](berth::Request& request, berth::Response& response) {
    berth::Outbound outbound;
    outbound.url = request.query("url");
    outbound.method = request.method();
    outbound.body = request.whole_body();
    outbound.headers.emplace_back("x-relayed-by", "berth");
    auto answer = berth::fetch(outbound);
    if (!answer) {
      bool denied = answer.error.code == berth::Code::denied;
      return response.error(denied ? 403 : 502, answer.error.name + ": " + answer.error.message);
    }
    for (const auto& [name, value] : answer->headers) {
      if (name == "set-cookie") response.header(name, value);
    }
    std::string type(answer->header("content-type"));
    response.status(answer->status).send(answer->body, type.empty() ? "application/octet-stream" : type);
  });

  app.get("/stream", [](berth::Request& request, berth::Response& response) {
    berth::Outbound outbound;
    outbound.url = request.query("url");
    berth::FetchStream stream(outbound);
    if (!stream.head) return response.error(502, stream.head.error.name);
    std::string type(stream.head->header("content-type"));
    response.status(stream.head->status).start(type.empty() ? "application/octet-stream" : type);
    std::string piece;
    while (stream.read(piece)) {
      if (!response.write(piece)) return;  // the client has left
    }
    response.end();
  });
}
