/* Relay: outbound requests, whole and streamed. */
#include <berth/berth.h>

static berth_text type_of(const berth_answer* answer) {
  berth_text type = berth_answer_header(answer, "content-type");
  return type.size > 0 ? type : BERTH_TEXT("application/octet-stream");
}

static void hand_on_cookies(const berth_answer* answer, berth_response* response) {
  berth_reader reader = berth_member(answer, BERTH_TEXT("headers"));
  for (size_t left = berth_read_list(&reader); left > 0 && !reader.failed; left--) {
    berth_read_list(&reader);
    berth_text name = berth_read_text(&reader), value = berth_read_text(&reader);
    if (berth_equal(name, BERTH_TEXT("set-cookie"))) berth_set_header(response, name, value);
  }
}

static void relay(berth_request* request, berth_response* response) {
  berth_headers headers = {0};
  berth_add_header(&headers, BERTH_TEXT("x-relayed-by"), BERTH_TEXT("berth"));
  berth_answer answer = berth_fetch((berth_outbound){
    .url = berth_query(request, "url", ""),
    .method = request->method,
    .headers = &headers,
    .body = berth_whole_body(request),
  });
  if (answer.failed) {
    berth_writer text = {0};
    berth_write_raw(&text, answer.code);
    berth_append(&text, ": ");
    berth_write_raw(&text, answer.message);
    return berth_send_error(response, berth_is(&answer, "denied") ? 403 : 502, berth_written(&text));
  }
  response->status = berth_integer_member(&answer, "status");
  hand_on_cookies(&answer, response);
  berth_send(response, berth_text_member(&answer, "body"), type_of(&answer));
}

static void stream(berth_request* request, berth_response* response) {
  berth_answer head = berth_fetch((berth_outbound){.url = berth_query(request, "url", ""), .stream = true});
  if (head.failed) return berth_send_error(response, 502, head.code);
  response->status = berth_integer_member(&head, "status");
  if (berth_start(response, type_of(&head)).failed) return;
  int64_t number = berth_integer_member(&head, "stream");
  for (;;) {
    berth_answer piece = berth_fetch_read(number, 65536);
    if (piece.failed || berth_bool_member(&piece, "ended")) break;
    if (!berth_write(berth_text_member(&piece, "data"))) return; /* the client has left */
    berth_release(&piece);
  }
  berth_end();
}

BERTH_SERVICE(
  berth_all("/relay", relay);
  berth_get("/stream", stream);
)
