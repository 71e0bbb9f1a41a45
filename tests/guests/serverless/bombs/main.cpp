// Takes as much as it can get, one kind a route; says how far it came.
#include <berth/berth.hpp>

#include <cstdlib>
#include <cstring>
#include <unistd.h>
#include <fcntl.h>
#include <vector>

BERTH_SERVICE(app) {
  app.get("/memory", [](berth::Request&, berth::Response& response) {
    size_t bytes = 0;
    for (size_t piece = 1 << 20; piece >= 65536; piece /= 2) {
      for (void* got = malloc(piece); got != nullptr; got = malloc(piece)) {
        memset(got, 0x5a, piece);
        bytes += piece;
      }
    }
    response.text(std::to_string(bytes));
  });

  app.get("/log", [](berth::Request&, berth::Response& response) {
    std::string line(4000, 'l');
    for (int at = 0; at < 2000; at++) berth::log::info(line);
    for (int at = 0; at < 2000; at++) write(1, line.data(), line.size());
    response.text("8 MB and 8 MB");
  });

  app.get("/storage", [](berth::Request&, berth::Response& response) {
    std::string value(100000, 's');
    int stored = 0;
    for (; stored < 1000; stored++) {
      auto done = berth::storage::set("key-" + std::to_string(stored), value);
      if (!done) return response.text(std::to_string(stored) + " " + done.error.name);
    }
    response.text(std::to_string(stored) + " and no end");
  });

  app.get("/descriptors", [](berth::Request&, berth::Response& response) {
    int opened = 0;
    while (opened < 5000 && open("/data/file", O_CREAT | O_RDWR, 0600) >= 0) opened++;
    response.text(std::to_string(opened));
  });

  app.get("/response", [](berth::Request&, berth::Response& response) {
    std::string body(3 << 20, 'r');
    response.text(body);
  });

  app.get("/headers", [](berth::Request& request, berth::Response& response) {
    std::string value(size_t(request.query_number("bytes", 100)), 'h');
    for (int64_t at = request.query_number("count", 10); at > 0; at--) response.header("x-" + std::to_string(at), value);
    response.text("headers");
  });
}
