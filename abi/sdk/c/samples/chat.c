/* Chat: WebSocket connections, messages to one and to all of a room, calls to another service. */
#include <berth/berth.h>

/* Three texts, one after the other. */
static berth_text joined(const char* head, berth_text middle, const char* tail) {
  berth_writer text = {0};
  berth_append(&text, head);
  berth_write_raw(&text, middle);
  berth_append(&text, tail);
  return berth_written(&text);
}

static void room_event(berth_request* request, berth_response* response) {
  berth_text room = joined("/rooms/", berth_param(request, "room"), "");
  berth_text name = berth_query(request, "name", "");
  if (berth_is_event(request, "websocket.open")) {
    if (name.size == 0) return berth_send_error(response, 401, BERTH_TEXT("say your name: ?name=…"));
    berth_websocket_send(berth_connection(request), joined("welcome ", name, ""));
  } else if (berth_is_event(request, "websocket.message") && berth_is_binary(request)) {
    berth_websocket_send_binary(berth_connection(request), berth_whole_body(request));
  } else if (berth_is_event(request, "websocket.message")) {
    berth_writer line = {0};
    berth_write_raw(&line, joined("", name, ": "));
    berth_write_raw(&line, berth_whole_body(request));
    berth_websocket_publish(room, berth_written(&line));
  } else {
    berth_websocket_publish(room, joined("", name, " left"));
  }
}

static void kick(berth_request* request, berth_response* response) {
  berth_answer done = berth_websocket_close(berth_param(request, "connection"), 4001, BERTH_TEXT("kicked"));
  berth_send_text(response, done.failed ? done.code : BERTH_TEXT("kicked"));
}

static void ask(berth_request* request, berth_response* response) {
  berth_text service = berth_param(request, "service");
  berth_answer answer = berth_call_service(service, BERTH_TEXT("/hello/chat?greeting=hi"), (berth_outbound){0});
  if (answer.failed) return berth_send_error(response, 502, answer.code);
  response->status = berth_integer_member(&answer, "status");
  berth_send_text(response, berth_text_member(&answer, "body"));
}

BERTH_SERVICE(
  berth_websocket("/rooms/:room", room_event);
  berth_post_to("/kick/:connection", kick);
  berth_get("/ask/:service", ask);
)
