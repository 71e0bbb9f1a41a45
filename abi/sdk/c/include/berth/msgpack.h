/*
 * MessagePack for services in C. A reader that meets something unexpected stops, gives empty values from then on
 * and says so in `failed`. Memory is taken from an arena that the host clears with the request: nothing is freed.
 */
#ifndef BERTH_MSGPACK_H
#define BERTH_MSGPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Bytes that somebody else holds; text where that is said. */
typedef struct {
  const char* data;
  size_t size;
} berth_text;

/* A string literal as a text. */
#define BERTH_TEXT(literal) ((berth_text){(literal), sizeof(literal) - 1})

/* A C string as a text. */
static inline berth_text berth_str(const char* string) { return (berth_text){string, strlen(string)}; }

static inline bool berth_equal(berth_text one, berth_text other) {
  return one.size == other.size && memcmp(one.data, other.data, one.size) == 0;
}

static inline char berth_lower(char letter) { return letter >= 'A' && letter <= 'Z' ? (char)(letter + 32) : letter; }

/* Whether two header names are the same, whatever their case. */
static inline bool berth_same_name(berth_text one, berth_text other) {
  if (one.size != other.size) return false;
  for (size_t at = 0; at < one.size; at++) {
    if (berth_lower(one.data[at]) != berth_lower(other.data[at])) return false;
  }
  return true;
}

/* Memory until the end of the request; traps when there is none. */
static inline void* berth_take_memory(size_t size) {
  void* memory = malloc(size > 0 ? size : 1);
  if (!memory) __builtin_trap();
  return memory;
}

/* Text or binary data, told apart on the way. */
typedef struct {
  berth_text data;
  bool binary;
} berth_value;

typedef struct {
  berth_text name, value;
} berth_header;

/* Names may repeat. */
typedef struct {
  berth_header list[32];
  size_t count;
} berth_headers;

/* Adds a header; one past the 32nd is dropped and gives false. */
static inline bool berth_add_header(berth_headers* headers, berth_text name, berth_text value) {
  if (headers->count == sizeof headers->list / sizeof *headers->list) return false;
  headers->list[headers->count++] = (berth_header){name, value};
  return true;
}

/* Bytes under construction: MessagePack, or any text. Begin with {0}. */
typedef struct {
  char* data;
  size_t size, room;
} berth_writer;

static inline void berth_write_raw(berth_writer* writer, berth_text bytes) {
  if (writer->size + bytes.size > writer->room) {
    size_t room = writer->room * 2 > 240 ? writer->room * 2 : 240;
    if (room < writer->size + bytes.size) room = writer->size + bytes.size;
    char* larger = realloc(writer->data, room);
    if (!larger) __builtin_trap();
    writer->data = larger;
    writer->room = room;
  }
  if (bytes.size > 0) memcpy(writer->data + writer->size, bytes.data, bytes.size);
  writer->size += bytes.size;
}

static inline berth_text berth_written(const berth_writer* writer) { return (berth_text){writer->data, writer->size}; }

static inline void berth_write_byte(berth_writer* writer, unsigned byte) {
  char one = (char)byte;
  berth_write_raw(writer, (berth_text){&one, 1});
}

static inline void berth_write_head(berth_writer* writer, unsigned byte, uint64_t value, int width) {
  char bytes[9] = {(char)byte};
  for (int index = 0; index < width; index++) bytes[1 + index] = (char)(value >> (8 * (width - 1 - index)));
  berth_write_raw(writer, (berth_text){bytes, (size_t)width + 1});
}

static inline void berth_write_nil(berth_writer* writer) { berth_write_byte(writer, 0xc0); }
static inline void berth_write_bool(berth_writer* writer, bool value) { berth_write_byte(writer, value ? 0xc3 : 0xc2); }

static inline void berth_write_integer(berth_writer* writer, int64_t value) {
  if (value >= 0 && value < 128) berth_write_byte(writer, (unsigned)value);
  else berth_write_head(writer, 0xd3, (uint64_t)value, 8);
}

static inline void berth_write_text(berth_writer* writer, berth_text value) {
  if (value.size < 32) berth_write_byte(writer, 0xa0 | (unsigned)value.size);
  else berth_write_head(writer, 0xdb, value.size, 4);
  berth_write_raw(writer, value);
}

static inline void berth_write_bin(berth_writer* writer, berth_text value) {
  berth_write_head(writer, 0xc6, value.size, 4);
  berth_write_raw(writer, value);
}

static inline void berth_write_map(berth_writer* writer, size_t count) {
  if (count < 16) berth_write_byte(writer, 0x80 | (unsigned)count);
  else berth_write_head(writer, 0xdf, count, 4);
}

static inline void berth_write_list(berth_writer* writer, size_t count) {
  if (count < 16) berth_write_byte(writer, 0x90 | (unsigned)count);
  else berth_write_head(writer, 0xdd, count, 4);
}

static inline void berth_write_value(berth_writer* writer, berth_value value) {
  if (value.binary) berth_write_bin(writer, value.data);
  else berth_write_text(writer, value.data);
}

static inline void berth_write_value_or_nil(berth_writer* writer, const berth_value* value) {
  if (value) berth_write_value(writer, *value);
  else berth_write_nil(writer);
}

static inline void berth_write_headers(berth_writer* writer, const berth_headers* headers) {
  size_t count = headers ? headers->count : 0;
  berth_write_list(writer, count);
  for (size_t at = 0; at < count; at++) {
    berth_write_list(writer, 2);
    berth_write_text(writer, headers->list[at].name);
    berth_write_text(writer, headers->list[at].value);
  }
}

/* What another writer wrote; nil without one. */
static inline void berth_write_encoded(berth_writer* writer, const berth_writer* other) {
  if (!other || other->size == 0) berth_write_nil(writer);
  else berth_write_raw(writer, berth_written(other));
}

/* A place in MessagePack; what it gives are views. */
typedef struct {
  const unsigned char *at, *end;
  bool failed;
} berth_reader;

static inline berth_reader berth_read(berth_text bytes) {
  const unsigned char* at = (const unsigned char*)bytes.data;
  return (berth_reader){at, at + bytes.size, false};
}

static inline void berth_read_fail(berth_reader* reader) {
  reader->failed = true;
  reader->at = reader->end;
}

static inline unsigned berth_peek(const berth_reader* reader) { return reader->at < reader->end ? *reader->at : 0xc1; }

static inline unsigned berth_read_byte(berth_reader* reader) {
  unsigned byte = berth_peek(reader);
  if (reader->at < reader->end) reader->at++;
  else berth_read_fail(reader);
  return byte;
}

static inline uint64_t berth_read_unsigned(berth_reader* reader, int width) {
  uint64_t value = 0;
  if (reader->end - reader->at < width) {
    berth_read_fail(reader);
    return 0;
  }
  for (int index = 0; index < width; index++) value = value << 8 | *reader->at++;
  return value;
}

static inline size_t berth_read_count(berth_reader* reader, unsigned small, unsigned large) {
  unsigned byte = berth_read_byte(reader);
  uint64_t count = 0;
  if ((byte & 0xf0) == small) count = byte & 0x0f;
  else if (byte == large) count = berth_read_unsigned(reader, 2);
  else if (byte == large + 1) count = berth_read_unsigned(reader, 4);
  else berth_read_fail(reader);
  if (count > (uint64_t)(reader->end - reader->at)) berth_read_fail(reader); /* every item takes a byte at least */
  return reader->failed ? 0 : (size_t)count;
}

static inline size_t berth_read_map(berth_reader* reader) { return berth_read_count(reader, 0x80, 0xde); }
static inline size_t berth_read_list(berth_reader* reader) { return berth_read_count(reader, 0x90, 0xdc); }

static inline bool berth_next_is_binary(const berth_reader* reader) {
  return berth_peek(reader) >= 0xc4 && berth_peek(reader) <= 0xc6;
}

/* Text or binary data. */
static inline berth_text berth_read_text(berth_reader* reader) {
  unsigned byte = berth_read_byte(reader);
  uint64_t size = 0;
  if ((byte & 0xe0) == 0xa0) size = byte & 0x1f;
  else if (byte == 0xd9 || byte == 0xc4) size = berth_read_unsigned(reader, 1);
  else if (byte == 0xda || byte == 0xc5) size = berth_read_unsigned(reader, 2);
  else if (byte == 0xdb || byte == 0xc6) size = berth_read_unsigned(reader, 4);
  else berth_read_fail(reader);
  if (size > (uint64_t)(reader->end - reader->at)) berth_read_fail(reader);
  if (reader->failed) return BERTH_TEXT("");
  berth_text text = {(const char*)reader->at, (size_t)size};
  reader->at += size;
  return text;
}

static inline bool berth_read_bool(berth_reader* reader) { return berth_read_byte(reader) == 0xc3; }

static inline int64_t berth_read_integer(berth_reader* reader) {
  unsigned byte = berth_read_byte(reader);
  if (byte < 0x80) return byte;
  if (byte >= 0xe0) return (int64_t)byte - 0x100;
  if (byte >= 0xcc && byte <= 0xcf) return (int64_t)berth_read_unsigned(reader, 1 << (byte - 0xcc));
  if (byte >= 0xd0 && byte <= 0xd3) {
    int width = 1 << (byte - 0xd0), shift = 64 - width * 8;
    return (int64_t)(berth_read_unsigned(reader, width) << shift) >> shift;
  }
  if (byte == 0xcb) {
    uint64_t bits = berth_read_unsigned(reader, 8);
    double value;
    memcpy(&value, &bits, 8);
    return (int64_t)value;
  }
  berth_read_fail(reader);
  return 0;
}

static inline void berth_pass(berth_reader* reader, int depth) {
  unsigned byte = berth_peek(reader);
  size_t inside = 0;
  if (depth > 32) berth_read_fail(reader);
  else if ((byte & 0xf0) == 0x80 || byte == 0xde || byte == 0xdf) inside = berth_read_map(reader) * 2;
  else if ((byte & 0xf0) == 0x90 || byte == 0xdc || byte == 0xdd) inside = berth_read_list(reader);
  else if ((byte & 0xe0) == 0xa0 || (byte >= 0xd9 && byte <= 0xdb) || berth_next_is_binary(reader)) berth_read_text(reader);
  else if (byte == 0xc0 || byte == 0xc2 || byte == 0xc3) berth_read_byte(reader);
  else berth_read_integer(reader);
  for (; inside > 0 && !reader->failed; inside--) berth_pass(reader, depth + 1);
}

/* Moves past one item and gives its bytes. */
static inline berth_text berth_skip(berth_reader* reader) {
  const unsigned char* start = reader->at;
  berth_pass(reader, 0);
  return reader->failed ? BERTH_TEXT("") : (berth_text){(const char*)start, (size_t)(reader->at - start)};
}

#endif
