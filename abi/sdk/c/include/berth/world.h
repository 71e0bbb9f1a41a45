/*
 * What a service asks of the host beside requests: storage, other hosts, other services, forms, configuration,
 * WebSockets. Every call gives a berth_answer: look at `failed` first, then read its members.
 *
 *   berth_answer item = berth_storage_get(BERTH_TEXT("visits"));
 *   if (!item.failed && berth_bool_member(&item, "found")) use(berth_text_member(&item, "value"));
 *
 * Included by berth.h.
 */
#ifndef BERTH_WORLD_H
#define BERTH_WORLD_H

#include "call.h"

/* ---- Storage (the storage capability) ---- */

/* Reads an entry. Members: `found`, `value`, `tag`. */
static inline berth_answer berth_storage_get(berth_text key) {
  berth_writer message = {0};
  berth_raw_storage_get(&message, key);
  return berth_call(&message);
}

/* Writes text; durable when it returns. */
static inline berth_answer berth_storage_set(berth_text key, berth_text value) {
  berth_writer message = {0};
  berth_raw_storage_set(&message, key, (berth_value){value, false}, BERTH_TEXT(""), 0);
  return berth_call(&message);
}

/* Writes text or binary data with a tag ("" for none), to be gone after `ttl_ms` (0: kept). */
static inline berth_answer berth_storage_set_with(berth_text key, berth_value value, berth_text tag, int64_t ttl_ms) {
  berth_writer message = {0};
  berth_raw_storage_set(&message, key, value, tag, ttl_ms);
  return berth_call(&message);
}

/* Removes an entry. Member: `removed`, whether there was one. */
static inline berth_answer berth_storage_remove(berth_text key) {
  berth_writer message = {0};
  berth_raw_storage_remove(&message, key);
  return berth_call(&message);
}

/* Writes only when the present value is `*expected` (NULL: when there is no entry). Member: `swapped`. */
static inline berth_answer berth_storage_compare_and_set(berth_text key, const berth_text* expected, berth_text value) {
  berth_writer message = {0};
  berth_value before = {expected ? *expected : BERTH_TEXT(""), false};
  berth_raw_storage_compare_and_set(&message, key, expected ? &before : NULL, (berth_value){value, false},
                                    BERTH_TEXT(""), 0);
  return berth_call(&message);
}

/*
 * A page of entries in key order, by prefix and tag ("" for all); the next page begins `after` the last key. Go through
 * it with berth_items and berth_next_item.
 */
static inline berth_answer berth_storage_list(berth_text prefix, berth_text tag, berth_text after, int64_t limit) {
  berth_writer message = {0};
  berth_raw_storage_list(&message, prefix, tag, after, limit);
  return berth_call(&message);
}

/* An entry of a page. */
typedef struct {
  berth_text key, value, tag;
  bool binary;
} berth_item;

/* The entries of a page, one after the other. */
typedef struct {
  berth_reader reader;
  size_t left;
} berth_item_list;

static inline berth_item_list berth_items(const berth_answer* page) {
  berth_item_list items = {berth_member(page, BERTH_TEXT("items")), 0};
  items.left = berth_read_list(&items.reader);
  return items;
}

/* The next entry; false when there are no more. */
static inline bool berth_next_item(berth_item_list* items, berth_item* item) {
  if (items->left == 0 || items->reader.failed) return false;
  items->left--;
  *item = (berth_item){0};
  for (size_t left = berth_read_map(&items->reader); left > 0 && !items->reader.failed; left--) {
    berth_text name = berth_read_text(&items->reader);
    if (berth_equal(name, BERTH_TEXT("key"))) item->key = berth_read_text(&items->reader);
    else if (berth_equal(name, BERTH_TEXT("tag"))) item->tag = berth_read_text(&items->reader);
    else if (berth_equal(name, BERTH_TEXT("value"))) {
      item->binary = berth_next_is_binary(&items->reader);
      item->value = berth_read_text(&items->reader);
    } else berth_skip(&items->reader);
  }
  return !items->reader.failed;
}

/* ---- Other hosts (the http capability), other services of the device (the services capability) ---- */

/* A request; only `url` must be given: (berth_outbound){.url = BERTH_TEXT("https://example.com/")}. */
typedef struct {
  berth_text url;
  berth_text method; /* GET when empty */
  const berth_headers* headers;
  berth_text body;
  int64_t timeout_ms; /* 0: the host's limit */
  bool no_redirects;  /* gives the 3xx answer itself */
  bool stream;        /* leaves the body to berth_fetch_read */
} berth_outbound;

/* Sends a request and waits for its answer. Members: `status`, `headers`, `body`, `stream`. 400 and more are no failure. */
static inline berth_answer berth_fetch(berth_outbound outbound) {
  berth_writer message = {0};
  berth_raw_http_fetch(&message, outbound.url, outbound.method, outbound.headers, outbound.body, outbound.timeout_ms,
                       outbound.no_redirects ? BERTH_TEXT("manual") : BERTH_TEXT("follow"), outbound.stream);
  return berth_call(&message);
}

/* The next piece of a streamed answer, `stream` being its member. Members: `data`, `ended`. Give it back (berth_release). */
static inline berth_answer berth_fetch_read(int64_t stream, int64_t max) {
  berth_writer message = {0};
  berth_raw_http_read(&message, stream, max);
  return berth_call(&message);
}

/* Gives up a streamed answer before its end; the end of the request does the same. */
static inline berth_answer berth_fetch_close(int64_t stream) {
  berth_writer message = {0};
  berth_raw_http_close(&message, stream);
  return berth_call(&message);
}

/* Calls another service; `path` begins with a slash below its base path, `outbound.url` is not looked at. */
static inline berth_answer berth_call_service(berth_text service, berth_text path, berth_outbound outbound) {
  berth_writer message = {0};
  berth_raw_service_call(&message, service, path, outbound.method, outbound.headers, outbound.body, outbound.timeout_ms);
  return berth_call(&message);
}

/* The first header of an answer with this name, whatever its case; empty when there is none. */
static inline berth_text berth_answer_header(const berth_answer* answer, const char* name) {
  berth_reader reader = berth_member(answer, BERTH_TEXT("headers"));
  for (size_t left = berth_read_list(&reader); left > 0 && !reader.failed; left--) {
    berth_read_list(&reader);
    berth_text key = berth_read_text(&reader), value = berth_read_text(&reader);
    if (berth_same_name(key, berth_str(name))) return value;
  }
  return BERTH_TEXT("");
}

/* ---- Forms ---- */

/*
 * The next part of the request's form; what is left of the one before is passed over. Members: `kind` (`value`, `file`,
 * `end`), `name`, `filename` (as the client gave it: never a path to trust), `contentType`, `value`.
 */
static inline berth_answer berth_form_next(void) {
  berth_writer message = {0};
  berth_raw_form_next(&message);
  return berth_call(&message);
}

/* The next piece of the file. Member: `data`, empty at its end. */
static inline berth_answer berth_form_read(int64_t max) {
  berth_writer message = {0};
  berth_raw_form_read(&message, max);
  return berth_call(&message);
}

/* Stores the rest of the file in a mount (the files capability). Member: `size`. */
static inline berth_answer berth_form_store(berth_text path) {
  berth_writer message = {0};
  berth_raw_form_store(&message, path);
  return berth_call(&message);
}

/* ---- Configuration and secrets (the env capability) ---- */

/* A value of the deployment's configuration. Members: `found`, `value`. */
static inline berth_answer berth_config(const char* key) {
  berth_writer message = {0};
  berth_raw_config_get(&message, berth_str(key));
  return berth_call(&message);
}

/* A secret that the operator set and the manifest names. Members: `found`, `value`. */
static inline berth_answer berth_secret(const char* key) {
  berth_writer message = {0};
  berth_raw_secret_get(&message, berth_str(key));
  return berth_call(&message);
}

/* ---- WebSockets (the websocket capability); events come through berth_websocket ---- */

/* Sends a text message to one connection. */
static inline berth_answer berth_websocket_send(berth_text connection, berth_text text) {
  berth_writer message = {0};
  berth_raw_websocket_send(&message, connection, (berth_value){text, false});
  return berth_call(&message);
}

/* Sends a binary message to one connection. */
static inline berth_answer berth_websocket_send_binary(berth_text connection, berth_text bytes) {
  berth_writer message = {0};
  berth_raw_websocket_send(&message, connection, (berth_value){bytes, true});
  return berth_call(&message);
}

/* Sends a text message to every connection whose path begins so ("": all). Member: `sent`, to how many. */
static inline berth_answer berth_websocket_publish(berth_text path, berth_text text) {
  berth_writer message = {0};
  berth_raw_websocket_publish(&message, path, (berth_value){text, false});
  return berth_call(&message);
}

/* The same with a binary message. */
static inline berth_answer berth_websocket_publish_binary(berth_text path, berth_text bytes) {
  berth_writer message = {0};
  berth_raw_websocket_publish(&message, path, (berth_value){bytes, true});
  return berth_call(&message);
}

/* Closes a connection; `code` is 1000, or 3000 to 4999. */
static inline berth_answer berth_websocket_close(berth_text connection, int64_t code, berth_text reason) {
  berth_writer message = {0};
  berth_raw_websocket_close(&message, connection, code, reason);
  return berth_call(&message);
}

#endif
