// Files: uploads into a mount, downloads from it, server-sent events.
#include <berth/berth.hpp>

BERTH_SERVICE(app) {
  app.post("/upload", [](berth::Request&, berth::Response& response) {
    berth::Form form;
    berth::Json stored = berth::Json::list();
    for (;;) {
      auto part = form.next();
      if (!part) return response.error(400, part.error.name + ": " + part.error.message);
      if (part->end) break;
      if (!part->file) {
        stored.push(berth::Json::object().set("name", part->name).set("value", part->value));
        continue;
      }
      // The field's name is ours to choose in the form; the file name is the client's and no path to trust.
      auto size = form.store("/data/" + part->name);
      if (!size) return response.error(size.error.code == berth::Code::denied ? 403 : 500, size.error.name);
      stored.push(berth::Json::object().set("name", part->name).set("filename", part->filename).set("size", *size));
    }
    response.status(201).json(stored);
  });

  app.get("/files/:name", [](berth::Request& request, berth::Response& response) {
    auto sent = response.file("/data/" + request.param("name"), "application/octet-stream");
    if (!sent) response.error(sent.error.code == berth::Code::noent ? 404 : 403, sent.error.name);
  });

  app.get("/events", [](berth::Request& request, berth::Response& response) {
    response.header("cache-control", "no-store").start("text/event-stream");
    int64_t count = request.query_number("count", 3);
    for (int64_t at = 1; at <= count; at++) {
      if (!response.write("data: " + std::to_string(at) + "\n\n")) return;
    }
    response.end();
  });
}
