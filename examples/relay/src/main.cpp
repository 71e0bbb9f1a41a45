// Hands requests on to another host, within what the device allows. See README.md for what it answers.
#include <berth/berth.hpp>

using berth::Code;
using berth::Request;
using berth::Response;

namespace {

/// Fetches and hands on status, type and body; a refusal of the device becomes a 403 that says so.
void hand_on(const std::string& url, Response& response) {
  auto answer = berth::fetch(url);
  if (!answer) {
    bool denied = answer.error.code == Code::denied;
    berth::Json body = berth::Json::object();
    body.set("error", denied ? "this service may not call that host" : "the other host did not answer");
    body.set("code", answer.error.name).set("url", url);
    return response.status(denied ? 403 : 502).json(body);
  }
  std::string_view type = answer->header("content-type");
  response.status(answer->status)
      .header("x-relayed-from", url)
      .send(answer->body, type.empty() ? "application/octet-stream" : type);
}

/// GET /upstream/* — the same path at the host that the configuration names.
void upstream(Request& request, Response& response) {
  std::string_view host = request.env("UPSTREAM");
  if (host.empty()) return response.error(500, "no UPSTREAM is configured");
  hand_on(std::string(host) + "/" + request.param("*"), response);
}

/// GET /fetch?url=… — any address; the device decides.
void fetch(Request& request, Response& response) {
  std::string url = request.query("url");
  if (url.empty()) return response.error(400, "give an address: /fetch?url=https://example.com/");
  hand_on(url, response);
}

}  // namespace

BERTH_SERVICE(app) {
  app.get("/upstream/*", upstream);
  app.get("/fetch", fetch);
}
