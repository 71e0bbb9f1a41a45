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
  berth_answer page = berth_storage_list(BERTH_TEXT("counter:"), BERTH_TEXT(""), BERTH_TEXT(""), 100);
  if (page.failed) return fail(response, &page);
  berth_writer json = {0};
  berth_append(&json, "{");
  berth_item_list items = berth_items(&page);
  for (berth_item item; berth_next_item(&items, &item);) {
    if (json.size > 1) berth_append(&json, ",");
    berth_append_quoted(&json, (berth_text){item.key.data + 8, item.key.size - 8});
    berth_append(&json, ":");
    berth_write_raw(&json, item.value);
  }
  berth_append(&json, "}");
  berth_send_json(response, berth_written(&json));
}

static void get(berth_request* request, berth_response* response) {
  berth_answer item = berth_storage_get(key_of(request));
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
    berth_answer item = berth_storage_get(key);
    if (item.failed) return fail(response, &item);
    bool found = berth_bool_member(&item, "found");
    berth_text before = berth_text_member(&item, "value");
    int64_t value = 0;
    if (found) berth_parse_integer(before, &value);
    value += by;
    berth_writer text = {0};
    berth_append_integer(&text, value);
    berth_answer swapped = berth_storage_compare_and_set(key, found ? &before : NULL, berth_written(&text));
    if (swapped.failed) return fail(response, &swapped);
    if (!berth_bool_member(&swapped, "swapped")) continue; /* somebody else was faster: look again */
    berth_log("info", "counted", "name", berth_param(request, "name"));
    return send_counter(request, response, value);
  }
}

static void remove_counter(berth_request* request, berth_response* response) {
  berth_answer removed = berth_storage_remove(key_of(request));
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
