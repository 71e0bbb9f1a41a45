/* Counter: storage, JSON by hand, compare-and-set. */
#include <berth/berth.h>
#include <ctype.h>

static berth_text key_of(berth_request* request) {
  berth_writer key = {0};
  berth_append(&key, "counter:");
  berth_write_raw(&key, berth_param(request, "name"));
  return berth_written(&key);
}

static void fail(berth_response* response, const berth_answer* answer) {
  berth_writer text = {0};
  berth_write_raw(&text, answer->code);
  berth_append(&text, ": ");
  berth_write_raw(&text, answer->message);
  berth_send_error(response, berth_is(answer, "denied") ? 403 : 500, berth_written(&text));
}

static void send_counter(berth_request* request, berth_response* response, int64_t value) {
  berth_writer json = {0};
  berth_append(&json, "{\"name\":");
  berth_append_quoted(&json, berth_param(request, "name"));
  berth_append(&json, ",\"value\":");
  berth_append_integer(&json, value);
  berth_append(&json, "}");
  berth_send_json(response, berth_written(&json));
}

static void list(berth_request* request, berth_response* response) {
  (void)request;
  berth_writer message = {0}, json = {0};
  berth_raw_storage_list(&message, BERTH_TEXT("counter:"), BERTH_TEXT(""), BERTH_TEXT(""), 100);
  berth_answer page = berth_call(&message);
  if (page.failed) return fail(response, &page);
  berth_reader reader = berth_member(&page, BERTH_TEXT("items"));
  berth_append(&json, "{");
  size_t count = berth_read_list(&reader);
  for (size_t at = 0; at < count; at++) {
    berth_answer item = {false, BERTH_TEXT(""), BERTH_TEXT(""), berth_read(berth_skip(&reader)), NULL};
    berth_text key = berth_text_member(&item, "key");
    if (at > 0) berth_append(&json, ",");
    berth_append_quoted(&json, (berth_text){key.data + 8, key.size - 8});
    berth_append(&json, ":");
    berth_write_raw(&json, berth_text_member(&item, "value"));
  }
  berth_append(&json, "}");
  berth_send_json(response, berth_written(&json));
}

static berth_answer look_up(berth_text key) {
  berth_writer message = {0};
  berth_raw_storage_get(&message, key);
  return berth_call(&message);
}

static void get(berth_request* request, berth_response* response) {
  berth_answer item = look_up(key_of(request));
  int64_t value = 0;
  if (item.failed) return fail(response, &item);
  if (!berth_bool_member(&item, "found")) return berth_send_error(response, 404, BERTH_TEXT("no such counter"));
  berth_parse_integer(berth_text_member(&item, "value"), &value);
  send_counter(request, response, value);
}

/* The one body that this service takes: {"by": number}. */
static bool parse_by(berth_text body, int64_t* by) {
  berth_writer tight = {0};
  for (size_t at = 0; at < body.size; at++) {
    if (!isspace((unsigned char)body.data[at])) berth_write_byte(&tight, (unsigned char)body.data[at]);
  }
  berth_text text = berth_written(&tight), head = BERTH_TEXT("{\"by\":");
  if (text.size <= head.size || memcmp(text.data, head.data, head.size) != 0 || text.data[text.size - 1] != '}') return false;
  return berth_parse_integer((berth_text){text.data + head.size, text.size - head.size - 1}, by);
}

static void count(berth_request* request, berth_response* response) {
  int64_t by = 1;
  if (request->body.size > 0 && !parse_by(request->body, &by)) {
    return berth_send_error(response, 400, BERTH_TEXT("the body is not {\"by\": number}"));
  }
  berth_text key = key_of(request);
  for (;;) {
    berth_answer item = look_up(key);
    if (item.failed) return fail(response, &item);
    bool found = berth_bool_member(&item, "found");
    berth_value before = {berth_text_member(&item, "value"), false};
    int64_t value = 0;
    if (found) berth_parse_integer(before.data, &value);
    value += by;
    berth_writer text = {0}, message = {0};
    berth_append_integer(&text, value);
    berth_value after = {berth_written(&text), false};
    berth_raw_storage_compare_and_set(&message, key, found ? &before : NULL, after, BERTH_TEXT(""), 0);
    berth_answer swapped = berth_call(&message);
    if (swapped.failed) return fail(response, &swapped);
    if (!berth_bool_member(&swapped, "swapped")) continue; /* somebody else was faster: look again */
    berth_log("info", "counted", "name", berth_param(request, "name"));
    return send_counter(request, response, value);
  }
}

static void remove_counter(berth_request* request, berth_response* response) {
  berth_writer message = {0};
  berth_raw_storage_remove(&message, key_of(request));
  berth_answer removed = berth_call(&message);
  if (removed.failed) return fail(response, &removed);
  response->status = berth_bool_member(&removed, "removed") ? 204 : 404;
  berth_send_text(response, BERTH_TEXT(""));
}

BERTH_SERVICE(
  berth_get("/counters", list);
  berth_get("/counters/:name", get);
  berth_post_to("/counters/:name", count);
  berth_delete("/counters/:name", remove_counter);
)
