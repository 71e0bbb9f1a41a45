// Streams both ways: what goes through the guest is never held whole.
#include <berth/berth.hpp>

BERTH_SERVICE(app) {
  // So many bytes, in pieces of 64 KiB.
  app.get("/download", [](berth::Request& request, berth::Response& response) {
    int64_t left = request.query_number("bytes", 0);
    std::string piece(65536, 'x');
    response.start("application/octet-stream");
    for (; left > 0; left -= int64_t(piece.size())) {
      if (left < int64_t(piece.size())) piece.resize(size_t(left));
      if (!response.write(piece)) {
        berth::log::info("the client has left");
        return;
      }
    }
    response.end();
  });

  // Counts the bytes of a body.
  app.post("/upload", [](berth::Request& request, berth::Response& response) {
    uint64_t bytes = request.body().size();
    std::string piece;
    while (request.read(piece)) bytes += piece.size();
    response.text(std::to_string(bytes));
  });

  // The body as it came, in one answer.
  app.post("/echo", [](berth::Request& request, berth::Response& response) {
    response.send(request.whole_body(), "application/octet-stream");
  });

  // The same, piece by piece as it comes.
  app.post("/pipe", [](berth::Request& request, berth::Response& response) {
    response.start("application/octet-stream");
    if (!request.body().empty() && !response.write(request.body())) return;
    std::string piece;
    while (request.read(piece)) {
      if (!response.write(piece)) return;
    }
    response.end();
  });

  // Server-sent events: some, then the end; or forever.
  app.get("/events", [](berth::Request& request, berth::Response& response) {
    int64_t count = request.query_number("count", -1);
    response.header("cache-control", "no-store").start("text/event-stream");
    for (int64_t number = 0; count < 0 || number < count; number++) {
      if (!response.write("data: " + std::to_string(number) + "\n\n")) {
        berth::log::info("the client has left");
        return;
      }
    }
    response.end();
  });
}
