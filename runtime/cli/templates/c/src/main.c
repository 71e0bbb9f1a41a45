/* {{name}}: says hello and remembers how often. */
#include <berth/berth.h>

static void index_page(berth_request* request, berth_response* response) {
  (void)request;
  berth_send_text(response, BERTH_TEXT("{{name}} is here; try /hello/you\n"));
}

static void fail(berth_response* response, const berth_answer* answer) {
  berth_send_error(response, 500, answer->message);
}

/* Storage needs the "storage" capability of berth.json. */
static void hello(berth_request* request, berth_response* response) {
  berth_text name = berth_param(request, "name");
  berth_writer count = {0}, greeting = {0}, json = {0};
  berth_answer before = berth_storage_get(name);
  if (before.failed) return fail(response, &before);
  int64_t times = 0;
  if (berth_bool_member(&before, "found")) berth_parse_integer(berth_text_member(&before, "value"), &times);
  berth_append_integer(&count, ++times);
  berth_answer stored = berth_storage_set(name, berth_written(&count));
  if (stored.failed) return fail(response, &stored);
  berth_log("info", "said hello", "name", name);

  berth_append(&greeting, "hello ");
  berth_write_raw(&greeting, name);
  berth_append(&json, "{\"greeting\":");
  berth_append_quoted(&json, berth_written(&greeting));
  berth_append(&json, ",\"times\":");
  berth_append_integer(&json, times);
  berth_append(&json, "}");
  berth_send_json(response, berth_written(&json));
}

BERTH_SERVICE(
  berth_get("/", index_page);
  berth_get("/hello/:name", hello);
)
