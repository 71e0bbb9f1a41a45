// A service as mimik's C++ SDK has them: a command module whose main registers the handler, everything in callbacks,
// clock and stdio through WASI. It builds against mimik's own headers as well as against ours.
#include <api.hpp>
#include <init.hpp>

#include <cstdio>
#include <ctime>
#include <memory>
#include <string>

using namespace mimik::wasm;
using namespace mimik::wasm::model;
using namespace mimik::wasm::api;

static std::string path_of(const std::string& url) { return url.substr(0, url.find('?')); }

static bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

static void send(int status, const std::string& text) {
  http_send_option option;
  option.statusCode = status;
  option.fileMimeType = "text/plain";
  response().send(text, option);
}

static int requests = 0;

static void on_time() {
  time_t now = time(nullptr);
  printf("asked for the time\n");
  fflush(stdout);
  send(200, std::to_string((long long)now));
}

static void on_storage(const http_event& event) {
  const std::string& value = event.request.jsonBody;
  storage().set_item("first", value, [](const callback_error_ptr& error, const std::string&) {
    if (error) return send(403, error->message);
    storage().set_item_with_tag("second", "tagged", "t", [](const callback_error_ptr& failed, const std::string&) {
      if (failed) return send(403, failed->message);
      storage().get_item("first", [](const callback_error_ptr&, const std::string& data) {
        auto keys = std::make_shared<std::string>();
        storage().each_item([keys](const std::string& key, const std::string& item) {
          *keys += key + "=" + item + ";";
          return 0;
        });
        auto tagged = std::make_shared<std::string>();
        storage().each_item("t", [tagged](const std::string& key, const std::string&) {
          *tagged += key;
          return 0;
        });
        storage().remove_item("first", [](const callback_error_ptr&, const std::string&) {});
        storage().get_item("first", [data, keys, tagged](const callback_error_ptr&, const std::string& gone) {
          send(200, data + "|" + *keys + "|" + *tagged + "|" + (gone.empty() ? "removed" : gone));
        });
      });
    });
  });
}

// The answer is sent long after the handler has returned.
static void on_fetch(const http_event& event) {
  http_client_option option;
  option.url = event.request.jsonBody;
  option.method = "GET";
  option.headers["x-from"] = "guest";
  httpclient().fetch(option, [](const callback_error_ptr& error, const callback_result& result) {
    if (error) return send(502, error->message + " (" + std::to_string(result.status) + ")");
    send(200, std::to_string(result.status) + " " + result.data);
  });
}

static void on_upload() {
  auto seen = std::make_shared<std::string>();
  request::handle_form_upload(
      [seen](const std::string& key, const std::string& filename, std::string& path) {
        *seen += "found " + key + " " + filename + ";";
        if (key == "skip") return form_request_found_action::skip;
        if (key == "get") return form_request_found_action::get;
        if (key == "abort") return form_request_found_action::abort;
        path = "/data/" + key;
        return form_request_found_action::store;
      },
      [seen](const std::string& key, const std::string& value) { *seen += "value " + key + "=" + value + ";"; },
      [seen](const std::string& path, const size_t size) {
        *seen += "stored " + path + " " + std::to_string(size) + ";";
      });
  send(200, *seen);
}

static void http_event_handler(const http_event& event) {
  requests++;
  std::string path = path_of(event.request.url);
  if (ends_with(path, "/time")) return on_time();
  if (ends_with(path, "/storage")) return on_storage(event);
  if (ends_with(path, "/fetch")) return on_fetch(event);
  if (ends_with(path, "/upload")) return on_upload();
  if (ends_with(path, "/silent")) return;
  if (ends_with(path, "/publish")) {
    WebSocketBroker().publish("note", event.request.jsonBody);
    return send(202, "published");
  }
  if (ends_with(path, "/decrypt")) {
    return edge().decrypt(LOCAL, "data", "token", [](const callback_error_ptr& error, const std::string&) {
      send(501, error ? error->message : "no error");
    });
  }
  if (ends_with(path, "/file")) {
    http_send_option option;
    option.filePath = "/data/" + event.request.jsonBody;
    return response().send("", option);
  }
  if (ends_with(path, "/count")) return send(200, std::to_string(requests));
  auto agent = event.request.headers.find("user-agent");
  response().send("{\"method\":\"" + event.request.method + "\",\"apiRoot\":\"" + event.context.info.at("apiRoot") +
                  "\",\"env\":\"" + (event.context.env.count("mode") ? event.context.env.at("mode") : "") +
                  "\",\"agent\":\"" + (agent == event.request.headers.end() ? "" : agent->second) + "\"}");
}

int main() {
  init_mk_module_event_handler({http_event_handler});
  return 0;
}
