/* Relay: outbound requests, whole and streamed. */
#include <berth/berth.h>

/* The content-type among an answer's headers, and its cookies handed on. */
static berth_text take_headers(const berth_answer* answer, berth_response* response) {
  berth_text type = BERTH_TEXT("application/octet-stream");
  berth_reader reader = berth_member(answer, BERTH_TEXT("headers"));
  for (size_t left = berth_read_list(&reader); left > 0 && !reader.failed; left--) {
    berth_read_list(&reader);
    berth_text name = berth_read_text(&reader), value = berth_read_text(&reader);
    if (berth_equal(name, BERTH_TEXT("content-type"))) type = value;
    if (response && berth_equal(name, BERTH_TEXT("set-cookie"))) berth_set_header(response, name, value);
  }
  return type;
}

static void relay(berth_request* request, berth_response* response) {
  berth_headers headers = {0};
  berth_add_header(&headers, BERTH_TEXT("x-relayed-by"), BERTH_TEXT("berth"));
  berth_writer message = {0};
  berth_raw_http_fetch(&message, berth_query(request, "url", ""), request->method, &headers, berth_whole_body(request), 0,
                       BERTH_TEXT("follow"), false);
  berth_answer answer = berth_call(&message);
  if (answer.failed) {
    berth_writer text = {0};
    berth_write_raw(&text, answer.code);
    berth_append(&text, ": ");
    berth_write_raw(&text, answer.message);
    return berth_send_error(response, berth_is(&answer, "denied") ? 403 : 502, berth_written(&text));
  }
  response->status = berth_integer_member(&answer, "status");
  berth_text type = take_headers(&answer, response);
  berth_send(response, berth_text_member(&answer, "body"), type);
}

static void stream(berth_request* request, berth_response* response) {
  berth_writer message = {0};
  berth_raw_http_fetch(&message, berth_query(request, "url", ""), BERTH_TEXT("GET"), NULL, BERTH_TEXT(""), 0,
                       BERTH_TEXT("follow"), true);
  berth_answer head = berth_call(&message);
  if (head.failed) return berth_send_error(response, 502, head.code);
  response->status = berth_integer_member(&head, "status");
  if (berth_start(response, take_headers(&head, NULL)).failed) return;
  int64_t number = berth_integer_member(&head, "stream");
  for (;;) {
    berth_writer read = {0};
    berth_raw_http_read(&read, number, 65536);
    berth_answer piece = berth_call(&read);
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
