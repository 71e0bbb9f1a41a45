// The scenarios of the benchmark as one ordinary C++ service: what the SDK and a router cost.
#include <berth/berth.hpp>

#include <cstdio>
#include <ctime>

using berth::Request;
using berth::Response;

namespace {

constexpr size_t OUT_BYTES = 1 << 20;
constexpr size_t FILE_BYTES = 4096;

void file(Request&, Response& response) {
  char content[FILE_BYTES];
  FILE* opened = fopen("/data/data.txt", "rb");
  if (!opened) return response.error(500, "the file cannot be opened");
  size_t length = fread(content, 1, FILE_BYTES, opened);
  fclose(opened);
  response.text({content, length});
}

}  // namespace

BERTH_SERVICE(app) {
  app.get("/hello", [](Request&, Response& response) { response.text("hello"); });
  app.post("/echo", [](Request& request, Response& response) { response.json(request.body()); });
  app.post("/body-in", [](Request& request, Response& response) {
    response.text(std::to_string(request.whole_body().size()));
  });
  app.get("/body-out", [](Request&, Response& response) { response.text(std::string(OUT_BYTES, 'x')); });
  app.get("/egress", [](Request& request, Response& response) {
    auto answer = berth::fetch(request.env("TARGET"));
    if (!answer) return response.error(502, "the target did not answer");
    response.text(answer->body);
  });
  app.get("/storage-read", [](Request&, Response& response) {
    auto item = berth::storage::get("key");
    response.text(item ? "ok" : "failed");
  });
  app.get("/storage-write", [](Request&, Response& response) {
    // Another value each time: SQLite does not write what is there already.
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!berth::storage::set("key", std::to_string(now.tv_nsec))) return response.error(500, "not written");
    response.text("ok");
  });
  app.get("/file", file);
}
