/* Hello: routes, path parameters, query, a status of its own. */
#include <berth/berth.h>

static void index_page(berth_request* request, berth_response* response) {
  (void)request;
  berth_send_text(response, BERTH_TEXT("hello from C"));
}

static void hello(berth_request* request, berth_response* response) {
  berth_writer text = {0};
  berth_write_raw(&text, berth_query(request, "greeting", "hello"));
  berth_append(&text, " ");
  berth_write_raw(&text, berth_param(request, "name"));
  berth_send_text(response, berth_written(&text));
}

static void echo(berth_request* request, berth_response* response) {
  berth_text body = berth_whole_body(request), type = berth_request_header(request, "content-type");
  berth_writer length = {0};
  berth_append_integer(&length, (int64_t)body.size);
  response->status = 201;
  berth_set_header(response, BERTH_TEXT("x-length"), berth_written(&length));
  berth_set_header(response, BERTH_TEXT("set-cookie"), BERTH_TEXT("a=1"));
  berth_set_header(response, BERTH_TEXT("set-cookie"), BERTH_TEXT("b=2"));
  berth_send(response, body, type.size > 0 ? type : BERTH_TEXT("application/octet-stream"));
}

BERTH_SERVICE(
  berth_get("/", index_page);
  berth_get("/hello/:name", hello);
  berth_post_to("/echo", echo);
)
