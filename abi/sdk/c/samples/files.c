/* Files: uploads into a mount, downloads from it, server-sent events. */
#include <berth/berth.h>

static berth_text data_path(berth_text name) {
  berth_writer path = {0};
  berth_append(&path, "/data/");
  berth_write_raw(&path, name);
  return berth_written(&path);
}

static void append_member(berth_writer* json, const char* name, berth_text value) {
  berth_append(json, name);
  berth_append_quoted(json, value);
}

static void upload(berth_request* request, berth_response* response) {
  (void)request;
  berth_writer json = {0};
  berth_append(&json, "[");
  for (;;) {
    berth_answer part = berth_form_next();
    if (part.failed) return berth_send_error(response, 400, part.message);
    berth_text kind = berth_text_member(&part, "kind"), name = berth_text_member(&part, "name");
    if (berth_equal(kind, BERTH_TEXT("end"))) break;
    if (json.size > 1) berth_append(&json, ",");
    append_member(&json, "{\"name\":", name);
    if (berth_equal(kind, BERTH_TEXT("value"))) {
      append_member(&json, ",\"value\":", berth_text_member(&part, "value"));
    } else {
      /* The field's name is ours to choose in the form; the file name is the client's and no path to trust. */
      berth_answer stored = berth_form_store(data_path(name));
      if (stored.failed) return berth_send_error(response, berth_is(&stored, "denied") ? 403 : 500, stored.code);
      append_member(&json, ",\"filename\":", berth_text_member(&part, "filename"));
      berth_append(&json, ",\"size\":");
      berth_append_integer(&json, berth_integer_member(&stored, "size"));
    }
    berth_append(&json, "}");
  }
  berth_append(&json, "]");
  response->status = 201;
  berth_send_json(response, berth_written(&json));
}

static void download(berth_request* request, berth_response* response) {
  berth_text path = data_path(berth_param(request, "name"));
  berth_answer sent = berth_send_file(response, path, BERTH_TEXT("application/octet-stream"));
  if (sent.failed) berth_send_error(response, berth_is(&sent, "noent") ? 404 : 403, sent.code);
}

static void events(berth_request* request, berth_response* response) {
  int64_t count = 3;
  berth_parse_integer(berth_query(request, "count", "3"), &count);
  berth_set_header(response, BERTH_TEXT("cache-control"), BERTH_TEXT("no-store"));
  if (berth_start(response, BERTH_TEXT("text/event-stream")).failed) return;
  for (int64_t at = 1; at <= count; at++) {
    berth_writer event = {0};
    berth_append(&event, "data: ");
    berth_append_integer(&event, at);
    berth_append(&event, "\n\n");
    if (!berth_write(berth_written(&event))) return;
    free(event.data);
  }
  berth_end();
}

BERTH_SERVICE(
  berth_post_to("/upload", upload);
  berth_get("/files/:name", download);
  berth_get("/events", events);
)
