/* Calls to the host: one message out, one answer back, in straight-line code. Included by berth.h. */
#ifndef BERTH_CALL_H
#define BERTH_CALL_H

#include "raw.h"

/* What a call gave: `failed`, with a code and a text for whoever runs the service; else its result's members. */
typedef struct {
  bool failed;
  berth_text code, message;
  berth_reader data;
  void* memory; /* what all of it lies in */
} berth_answer;

/* Gives an answer's memory back before the request ends: in loops over streams. Its texts are gone then. */
static inline void berth_release(berth_answer* answer) {
  free(answer->memory);
  answer->memory = NULL;
}

static inline void berth_read_error(berth_reader* reader, berth_answer* answer) {
  answer->failed = true;
  for (size_t left = berth_read_map(reader); left > 0 && !reader->failed; left--) {
    berth_text key = berth_read_text(reader);
    if (berth_equal(key, BERTH_TEXT("code"))) answer->code = berth_read_text(reader);
    else if (berth_equal(key, BERTH_TEXT("message"))) answer->message = berth_read_text(reader);
    else berth_skip(reader);
  }
}

/* Sends a message and waits for its answer. The writer must not be used after. */
static inline berth_answer berth_call(berth_writer* message) {
  uint32_t size = berth_raw_call(message->data, (uint32_t)message->size);
  char* bytes = berth_take_memory(size);
  berth_raw_take(bytes);
  free(message->data);
  berth_answer answer = {false, BERTH_TEXT(""), BERTH_TEXT(""), berth_read(BERTH_TEXT("\x80")), bytes};
  berth_reader reader = berth_read((berth_text){bytes, size});
  for (size_t left = berth_read_map(&reader); left > 0 && !reader.failed; left--) {
    if (!berth_equal(berth_read_text(&reader), BERTH_TEXT("params"))) {
      berth_skip(&reader);
      continue;
    }
    for (size_t inner = berth_read_map(&reader); inner > 0 && !reader.failed; inner--) {
      berth_text key = berth_read_text(&reader);
      if (berth_equal(key, BERTH_TEXT("error"))) berth_read_error(&reader, &answer);
      else if (berth_equal(key, BERTH_TEXT("data"))) answer.data = berth_read(berth_skip(&reader));
      else berth_skip(&reader);
    }
  }
  if (reader.failed) answer.failed = true;
  return answer;
}

/* A reader at a member of the answer; one that fails when there is none. */
static inline berth_reader berth_member(const berth_answer* answer, berth_text name) {
  berth_reader reader = answer->data;
  for (size_t left = berth_read_map(&reader); left > 0 && !reader.failed; left--) {
    if (berth_equal(berth_read_text(&reader), name)) return reader;
    berth_skip(&reader);
  }
  berth_read_fail(&reader);
  return reader;
}

static inline bool berth_is(const berth_answer* answer, const char* code) {
  return answer->failed && berth_equal(answer->code, berth_str(code));
}

static inline berth_text berth_text_member(const berth_answer* answer, const char* name) {
  berth_reader reader = berth_member(answer, berth_str(name));
  return berth_read_text(&reader);
}

static inline int64_t berth_integer_member(const berth_answer* answer, const char* name) {
  berth_reader reader = berth_member(answer, berth_str(name));
  return berth_read_integer(&reader);
}

static inline bool berth_bool_member(const berth_answer* answer, const char* name) {
  berth_reader reader = berth_member(answer, berth_str(name));
  return berth_read_bool(&reader);
}

#endif
