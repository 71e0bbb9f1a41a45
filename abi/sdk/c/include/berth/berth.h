/*
 * Write services for Berth in C: routes, storage, outbound requests, files, logs. Header-only, C11.
 *
 *   static void hello(berth_request* request, berth_response* response) { berth_send_text(response, BERTH_TEXT("hello")); }
 *   BERTH_SERVICE(berth_get("/", hello);)
 *
 * Memory that these functions give lives until the request ends, unless they say otherwise; the host then puts the
 * module back to its start.
 */
#ifndef BERTH_H
#define BERTH_H

#include "world.h"

/* ---- Texts ---- */

static inline void berth_append(berth_writer* out, const char* string) { berth_write_raw(out, berth_str(string)); }

static inline void berth_append_integer(berth_writer* out, int64_t value) {
  char digits[21];
  int at = sizeof digits;
  uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
  do {
    digits[--at] = (char)('0' + left % 10);
    left /= 10;
  } while (left > 0);
  if (value < 0) digits[--at] = '-';
  berth_write_raw(out, (berth_text){digits + at, sizeof digits - (size_t)at});
}

/* A text as a JSON string, quotes included. */
static inline void berth_append_quoted(berth_writer* out, berth_text text) {
  berth_write_byte(out, '"');
  for (size_t at = 0; at < text.size; at++) {
    unsigned char letter = (unsigned char)text.data[at];
    if (letter == '"' || letter == '\\') berth_write_byte(out, '\\');
    if (letter >= 0x20) {
      berth_write_byte(out, letter);
    } else {
      berth_append(out, letter < 16 ? "\\u000" : "\\u001");
      berth_write_byte(out, (unsigned)"0123456789abcdef"[letter & 15]);
    }
  }
  berth_write_byte(out, '"');
}

static inline int berth_hex(char letter) {
  if (letter >= '0' && letter <= '9') return letter - '0';
  letter = berth_lower(letter);
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

/* Turns %XX and, in queries, + back into bytes; what is malformed stays as it is. */
static inline berth_text berth_decode_url(berth_text text, bool plus_is_space) {
  char* out = berth_take_memory(text.size);
  size_t size = 0;
  for (size_t at = 0; at < text.size; at++) {
    char letter = text.data[at];
    if (letter == '%' && at + 2 < text.size && berth_hex(text.data[at + 1]) >= 0 && berth_hex(text.data[at + 2]) >= 0) {
      letter = (char)(berth_hex(text.data[at + 1]) * 16 + berth_hex(text.data[at + 2]));
      at += 2;
    } else if (plus_is_space && letter == '+') {
      letter = ' ';
    }
    out[size++] = letter;
  }
  return (berth_text){out, size};
}

/* A whole number in decimal; false when the text is none. */
static inline bool berth_parse_integer(berth_text text, int64_t* value) {
  size_t at = text.size > 0 && text.data[0] == '-' ? 1 : 0;
  if (at == text.size || text.size - at > 18) return false;
  int64_t number = 0;
  for (size_t index = at; index < text.size; index++) {
    if (text.data[index] < '0' || text.data[index] > '9') return false;
    number = number * 10 + (text.data[index] - '0');
  }
  *value = at == 1 ? -number : number;
  return true;
}

/* ---- Requests ---- */

/* Names and values as they lie in an event. */
typedef struct {
  berth_text bytes;
} berth_pairs;

static inline berth_text berth_find(berth_pairs pairs, berth_text name) {
  berth_reader reader = berth_read(pairs.bytes);
  for (size_t left = pairs.bytes.size > 0 ? berth_read_map(&reader) : 0; left > 0 && !reader.failed; left--) {
    berth_text key = berth_read_text(&reader), value = berth_read_text(&reader);
    if (berth_same_name(key, name)) return value;
  }
  return BERTH_TEXT("");
}

typedef struct {
  berth_text event; /* `http.request`, or for berth_websocket `websocket.open`, `websocket.message`, `websocket.close` */
  berth_text method;
  berth_text url;  /* path and query as they came */
  berth_text path; /* below the service's base path, with its leading slash, still escaped */
  berth_text query;
  berth_text body; /* what has arrived of the body: all of it unless `more` */
  bool more;
  berth_pairs headers, info, env;
  berth_headers params;
  void* piece; /* the memory of the piece read last */
} berth_request;

/* Whether it happened on a WebSocket connection. */
static inline bool berth_is_socket(const berth_request* request) {
  berth_text name = BERTH_TEXT("websocket.");
  return request->event.size > name.size && memcmp(request->event.data, name.data, name.size) == 0;
}

/* Whether it is this event: berth_is_event(request, "websocket.open"). */
static inline bool berth_is_event(const berth_request* request, const char* event) {
  return berth_equal(request->event, berth_str(event));
}

/* The name of a WebSocket event's connection; empty for a request of HTTP. */
static inline berth_text berth_connection(const berth_request* request) {
  return berth_is_socket(request) ? berth_find(request->headers, BERTH_TEXT("x-berth-connection")) : BERTH_TEXT("");
}

/* Whether a WebSocket message is binary. */
static inline bool berth_is_binary(const berth_request* request) {
  return berth_is_socket(request) &&
         berth_equal(berth_find(request->headers, BERTH_TEXT("x-berth-message")), BERTH_TEXT("binary"));
}

/* A header by name, whatever its case; empty when absent. */
static inline berth_text berth_request_header(const berth_request* request, const char* name) {
  return berth_find(request->headers, berth_str(name));
}

/* A parameter of the route's path (`/users/:id`), unescaped; empty when there is none. */
static inline berth_text berth_param(const berth_request* request, const char* name) {
  for (size_t at = 0; at < request->params.count; at++) {
    berth_header one = request->params.list[at];
    if (berth_equal(one.name, berth_str(name))) return berth_decode_url(one.value, false);
  }
  return BERTH_TEXT("");
}

static inline berth_text berth_before(berth_text* rest, char mark) {
  const char* found = rest->size > 0 ? memchr(rest->data, mark, rest->size) : NULL;
  berth_text part = {rest->data, found ? (size_t)(found - rest->data) : rest->size};
  size_t used = found ? part.size + 1 : part.size;
  *rest = (berth_text){rest->data + used, rest->size - used};
  return part;
}

/* A parameter of the query, unescaped; `fallback` when absent. */
static inline berth_text berth_query(const berth_request* request, const char* name, const char* fallback) {
  berth_text rest = request->query;
  while (rest.size > 0) {
    berth_text value = berth_before(&rest, '&');
    berth_text key = berth_before(&value, '=');
    if (berth_equal(berth_decode_url(key, true), berth_str(name))) return berth_decode_url(value, true);
  }
  return berth_str(fallback);
}

/* The next piece of a body that had not arrived; empty at its end. It lives until the next one is read. */
static inline berth_text berth_read_body(berth_request* request, int64_t max) {
  if (!request->more) return BERTH_TEXT("");
  berth_writer message = {0};
  berth_raw_request_read(&message, max);
  berth_answer answer = berth_call(&message);
  free(request->piece);
  request->piece = answer.memory;
  request->more = !answer.failed && !berth_bool_member(&answer, "ended");
  return berth_text_member(&answer, "data");
}

/* The whole body, read to its end. */
static inline berth_text berth_whole_body(berth_request* request) {
  if (!request->more) return request->body;
  berth_writer whole = {0};
  berth_write_raw(&whole, request->body);
  while (request->more) berth_write_raw(&whole, berth_read_body(request, 65536));
  return request->body = berth_written(&whole);
}

static inline void berth_parse_request(berth_reader* reader, berth_request* request) {
  for (size_t left = berth_read_map(reader); left > 0 && !reader->failed; left--) {
    berth_text key = berth_read_text(reader);
    if (berth_equal(key, BERTH_TEXT("url"))) request->url = berth_read_text(reader);
    else if (berth_equal(key, BERTH_TEXT("method"))) request->method = berth_read_text(reader);
    else if (berth_equal(key, BERTH_TEXT("headers"))) request->headers.bytes = berth_skip(reader);
    else if (berth_equal(key, BERTH_TEXT("info"))) request->info.bytes = berth_skip(reader);
    else if (berth_equal(key, BERTH_TEXT("env"))) request->env.bytes = berth_skip(reader);
    else if (berth_equal(key, BERTH_TEXT("more"))) request->more = berth_read_bool(reader);
    else if (berth_equal(key, BERTH_TEXT("jsonBody"))) request->body = berth_read_text(reader);
    else berth_skip(reader);
  }
}

static inline berth_request berth_parse_event(berth_text event) {
  berth_request request = {0};
  berth_reader reader = berth_read(event);
  for (size_t left = berth_read_map(&reader); left > 0 && !reader.failed; left--) {
    berth_text part = berth_read_text(&reader);
    if (berth_equal(part, BERTH_TEXT("method"))) request.event = berth_read_text(&reader);
    else if (!berth_equal(part, BERTH_TEXT("params"))) berth_skip(&reader);
    if (!berth_equal(part, BERTH_TEXT("params"))) continue;
    for (size_t inner = berth_read_map(&reader); inner > 0 && !reader.failed; inner--) {
      berth_read_text(&reader);
      berth_parse_request(&reader, &request);
    }
  }
  request.query = request.url;
  request.path = berth_before(&request.query, '?');
  berth_text root = berth_find(request.info, BERTH_TEXT("apiRoot"));
  if (root.size > 0 && request.path.size >= root.size && memcmp(request.path.data, root.data, root.size) == 0 &&
      (request.path.size == root.size || request.path.data[root.size] == '/')) {
    request.path = (berth_text){request.path.data + root.size, request.path.size - root.size};
  }
  if (request.path.size == 0) request.path = BERTH_TEXT("/");
  return request;
}

/* ---- Answers ---- */

/* Set the status and headers first, then send once, or start, write and end. */
typedef struct {
  int64_t status;
  berth_headers headers;
} berth_response;

static inline void berth_post(berth_writer* message) {
  berth_raw_api_request(0, message->data, (uint32_t)message->size);
  free(message->data);
}

/* Adds a header; a name may be added again (`set-cookie`). */
static inline void berth_set_header(berth_response* response, berth_text name, berth_text value) {
  berth_add_header(&response->headers, name, value);
}

static inline void berth_send(berth_response* response, berth_text body, berth_text type) {
  berth_writer message = {0};
  berth_raw_response_send(&message, body, response->status, type, BERTH_TEXT(""), &response->headers);
  berth_post(&message);
}

static inline void berth_send_text(berth_response* response, berth_text body) {
  berth_send(response, body, BERTH_TEXT("text/plain;charset=UTF-8"));
}

static inline void berth_send_json(berth_response* response, berth_text body) {
  berth_send(response, body, BERTH_TEXT("application/json"));
}

/* Sends a status and a text as JSON: {"error": …}. */
static inline void berth_send_error(berth_response* response, int64_t status, berth_text text) {
  berth_writer body = {0};
  berth_append(&body, "{\"error\":");
  berth_append_quoted(&body, text);
  berth_append(&body, "}");
  response->status = status;
  berth_send_json(response, berth_written(&body));
}

/* Sends a file of a mount (the files capability). */
static inline berth_answer berth_send_file(berth_response* response, berth_text path, berth_text type) {
  berth_writer message = {0};
  berth_raw_response_send(&message, BERTH_TEXT(""), response->status, type, path, &response->headers);
  return berth_call(&message);
}

/* Begins an answer in pieces. */
static inline berth_answer berth_start(berth_response* response, berth_text type) {
  berth_set_header(response, BERTH_TEXT("content-type"), type);
  berth_writer message = {0};
  berth_raw_response_start(&message, response->status, &response->headers);
  return berth_call(&message);
}

/* Sends a piece; false when the client has left. */
static inline bool berth_write(berth_text piece) {
  berth_writer message = {0};
  berth_raw_response_write(&message, piece);
  berth_answer answer = berth_call(&message);
  bool open = berth_bool_member(&answer, "open");
  berth_release(&answer);
  return open;
}

static inline void berth_end(void) {
  berth_writer message = {0};
  berth_raw_response_end(&message);
  berth_call(&message);
}

/* ---- Log ---- */

/* Writes a line of a level (debug, info, warn, error), with one named value unless `name` is NULL. */
static inline void berth_log(const char* level, const char* text, const char* name, berth_text value) {
  berth_writer fields = {0}, message = {0};
  berth_write_map(&fields, name ? 1 : 0);
  if (name) {
    berth_write_text(&fields, berth_str(name));
    berth_write_text(&fields, value);
  }
  berth_raw_log_write(&message, berth_str(level), berth_str(text), &fields);
  berth_post(&message);
}

/* ---- Routes ---- */

typedef void (*berth_handler)(berth_request*, berth_response*);

typedef struct {
  const char *method, *pattern;
  berth_handler handler;
} berth_route;

#ifndef BERTH_ROUTES_MAX
#define BERTH_ROUTES_MAX 64
#endif

static berth_route berth_routes[BERTH_ROUTES_MAX];
static size_t berth_route_count;

/*
 * Adds a route; the first that fits is taken. `pattern` is made of parts: plain text, `:name` for one part, `*` at the
 * end for the rest (param `*`). An empty method stands for any.
 */
static inline void berth_on(const char* method, const char* pattern, berth_handler handler) {
  if (berth_route_count == BERTH_ROUTES_MAX) __builtin_trap();
  berth_routes[berth_route_count++] = (berth_route){method, pattern, handler};
}

static inline void berth_get(const char* pattern, berth_handler handler) { berth_on("GET", pattern, handler); }
static inline void berth_post_to(const char* pattern, berth_handler handler) { berth_on("POST", pattern, handler); }
static inline void berth_put(const char* pattern, berth_handler handler) { berth_on("PUT", pattern, handler); }
static inline void berth_delete(const char* pattern, berth_handler handler) { berth_on("DELETE", pattern, handler); }
static inline void berth_patch(const char* pattern, berth_handler handler) { berth_on("PATCH", pattern, handler); }
static inline void berth_all(const char* pattern, berth_handler handler) { berth_on("", pattern, handler); }

/* No client's method can be this. */
#define BERTH_SOCKET "(websocket)"

/*
 * Events of WebSocket connections at this path: `event` says which. To refuse one that opens answer with a status of 300
 * or more; other answers may be left out.
 */
static inline void berth_websocket(const char* pattern, berth_handler handler) { berth_on(BERTH_SOCKET, pattern, handler); }

static inline berth_text berth_next_part(berth_text* path) {
  while (path->size > 0 && path->data[0] == '/') *path = (berth_text){path->data + 1, path->size - 1};
  const char* end = path->size > 0 ? memchr(path->data, '/', path->size) : NULL;
  berth_text part = {path->data, end ? (size_t)(end - path->data) : path->size};
  *path = (berth_text){path->data + part.size, path->size - part.size};
  return part;
}

static inline bool berth_fits(berth_text pattern, berth_text path, berth_headers* params) {
  for (;;) {
    berth_text wanted = berth_next_part(&pattern), before = path, part = berth_next_part(&path);
    if (berth_equal(wanted, BERTH_TEXT("*"))) {
      while (before.size > 0 && before.data[0] == '/') before = (berth_text){before.data + 1, before.size - 1};
      return berth_add_header(params, wanted, before);
    }
    if (wanted.size == 0 || part.size == 0) return wanted.size == 0 && part.size == 0;
    if (wanted.data[0] == ':') berth_add_header(params, (berth_text){wanted.data + 1, wanted.size - 1}, part);
    else if (!berth_equal(wanted, part)) return false;
  }
}

static inline void berth_handle(berth_text event) {
  berth_request request = berth_parse_event(event);
  berth_response response = {.status = 200};
  bool other_method = false, socket = berth_is_socket(&request);
  berth_text asked = socket ? BERTH_TEXT(BERTH_SOCKET) : request.method;
  for (size_t at = 0; at < berth_route_count; at++) {
    const berth_route* route = &berth_routes[at];
    request.params.count = 0;
    if (!berth_fits(berth_str(route->pattern), request.path, &request.params)) continue;
    berth_text method = berth_str(route->method);
    if ((method.size == 0 && !socket) || berth_equal(method, asked) ||
        (berth_equal(asked, BERTH_TEXT("HEAD")) && berth_equal(method, BERTH_TEXT("GET")))) {
      route->handler(&request, &response);
      return;
    }
    other_method = true;
  }
  if (other_method) berth_send_error(&response, 405, BERTH_TEXT("method not allowed"));
  else berth_send_error(&response, 404, BERTH_TEXT("not found"));
}

/* Defines the service, once in a module, from the statements that add its routes. */
#define BERTH_SERVICE(...)                                                                        \
  __attribute__((constructor)) static void berth_service(void) { __VA_ARGS__ }                    \
  __attribute__((export_name("berth_abi_1"))) void berth_abi_1(void) {}                           \
  __attribute__((export_name("mk_module_on_event"))) void mk_module_on_event(int64_t reference,   \
                                                                             uint32_t length) {   \
    char* event = berth_take_memory(length);                                                      \
    berth_raw_get_buffer(event, reference, length);                                               \
    berth_handle((berth_text){event, length});                                                    \
  }

#endif
