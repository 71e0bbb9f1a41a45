// Routes, and the module's exports.
//
//   #include <berth/berth.hpp>
//   BERTH_SERVICE(app) {
//     app.get("/hello/:name", [](berth::Request& request, berth::Response& response) {
//       response.text("hello " + request.param("name"));
//     });
//   }
#pragma once

#include "http.hpp"

namespace berth {

/// Answers a request. A plain function or a lambda that captures nothing.
using Handler = void (*)(Request&, Response&);

/// The service: routes in the order in which they were added, the first that fits is taken.
class App {
 public:
  App& get(std::string_view pattern, Handler handler) { return on("GET", pattern, handler); }
  App& post(std::string_view pattern, Handler handler) { return on("POST", pattern, handler); }
  App& put(std::string_view pattern, Handler handler) { return on("PUT", pattern, handler); }
  App& patch(std::string_view pattern, Handler handler) { return on("PATCH", pattern, handler); }
  App& del(std::string_view pattern, Handler handler) { return on("DELETE", pattern, handler); }
  /// Any method.
  App& all(std::string_view pattern, Handler handler) { return on("", pattern, handler); }

  /// Events of WebSocket connections at this path: `request.event()` says which. To refuse one that opens answer with
  /// a status of 300 or more; other answers may be left out.
  App& websocket(std::string_view pattern, Handler handler) { return on(kSocket, pattern, handler); }

  /// `pattern` is made of parts: plain text, `:name` for one part, `*` at the end for the rest (param `*`).
  App& on(std::string_view method, std::string_view pattern, Handler handler) {
    routes_.push_back({method, pattern, handler});
    return *this;
  }

  /// Handles one event.
  void handle(std::string_view event) {
    Request request;
    Response response;
    if (!request.parse(event)) return response.error(400, "the event is malformed");
    bool other_method = false;
    const std::string_view method = request.is_socket() ? kSocket : request.method();
    for (const Route& route : routes_) {
      request.params_.clear();
      if (!fits(route.pattern, request.path_, request.params_)) continue;
      if ((!route.method.empty() || request.is_socket()) && route.method != method &&
          !(method == "HEAD" && route.method == "GET")) {
        other_method = true;
        continue;
      }
      return route.handler(request, response);
    }
    if (other_method) response.error(405, "method not allowed");
    else response.error(404, "not found");
  }

 private:
  /// No client's method can be this.
  static constexpr std::string_view kSocket = "(websocket)";

  struct Route {
    std::string_view method, pattern;
    Handler handler;
  };
  std::vector<Route> routes_;

  static std::string_view next_part(std::string_view& path) {
    while (!path.empty() && path[0] == '/') path.remove_prefix(1);
    size_t end = path.find('/');
    std::string_view part = path.substr(0, end);
    path.remove_prefix(part.size());
    return part;
  }

  static bool fits(std::string_view pattern, std::string_view path, Request::Params& params) {
    for (;;) {
      std::string_view wanted = next_part(pattern);
      if (wanted == "*") {
        while (!path.empty() && path[0] == '/') path.remove_prefix(1);
        params.emplace_back(wanted, path);
        return true;
      }
      std::string_view part = next_part(path);
      if (wanted.empty() || part.empty()) return wanted.empty() && part.empty();
      if (wanted[0] == ':') params.emplace_back(wanted.substr(1), part);
      else if (wanted != part) return false;
    }
  }
};

namespace detail {
inline App& app() {
  static App one;
  return one;
}

inline void on_event(int64_t reference, uint32_t length) {
  char* event = static_cast<char*>(malloc(length));
  if (!event) __builtin_trap();
  raw::get_buffer(event, reference, length);
  app().handle({event, length});
  free(event);
}
}  // namespace detail
}  // namespace berth

/// Defines the service: `BERTH_SERVICE(app) { app.get("/", [](auto& req, auto& res) { res.text("hello"); }); }`
/// Once in a module.
#define BERTH_SERVICE(app)                                                                        \
  static void berth_service(berth::App& app);                                                     \
  static const bool berth_ready = (berth_service(berth::detail::app()), true);                    \
  extern "C" __attribute__((export_name("berth_abi_1"))) void berth_abi_1() { (void)berth_ready; } \
  extern "C" __attribute__((export_name("mk_module_on_event"))) void mk_module_on_event(          \
      int64_t reference, uint32_t length) {                                                       \
    berth::detail::on_event(reference, length);                                                   \
  }                                                                                               \
  static void berth_service(berth::App& app)
