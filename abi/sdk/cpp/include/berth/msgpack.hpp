// MessagePack for services: a writer into a string, a reader over bytes. No exceptions: a reader that meets
// something unexpected stops, gives empty values from then on and says so in `failed()`.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "small.hpp"

namespace berth {

/// Header names and values in order; names may repeat.
using Headers = std::vector<std::pair<std::string, std::string>>;

/// Text or binary data, told apart on the way.
struct Value {
  std::string_view data;
  bool binary = false;
};

/// MessagePack that was written before; empty means nil.
struct Encoded {
  std::string_view bytes;
};

/// Writes MessagePack.
class Writer {
 public:
  Writer() { out_.reserve(240); }

  void nil() { out_.push_back(char(0xc0)); }
  void boolean(bool value) { out_.push_back(char(value ? 0xc3 : 0xc2)); }

  void integer(int64_t value) {
    if (value >= 0 && value < 128) out_.push_back(char(value));
    else head(0xd3, uint64_t(value), 8);
  }

  void number(double value) {
    uint64_t bits;
    memcpy(&bits, &value, 8);
    head(0xcb, bits, 8);
  }

  void text(std::string_view value) { sized(value, 0xd9); }
  void bin(std::string_view value) { sized(value, 0xc4); }
  void map(size_t count) { container(count, 0x80, 0xde); }
  void list(size_t count) { container(count, 0x90, 0xdc); }
  void raw(std::string_view bytes) { out_.append(bytes); }

  const std::string& bytes() const { return out_; }

 private:
  static constexpr size_t ROOMY = 1024;
  std::string out_;

  void head(uint8_t byte, uint64_t value, int width) {
    char bytes[9];
    bytes[0] = char(byte);
    for (int index = 0; index < width; index++) bytes[1 + index] = char(value >> (8 * (width - 1 - index)));
    out_.append(bytes, size_t(width) + 1);
  }

  void sized(std::string_view value, uint8_t first) {
    size_t size = value.size();
    // Growing by doubling would take twice the memory of a large body; the little after it finds room too.
    if (size >= ROOMY) out_.reserve(out_.size() + size + ROOMY);
    if (first == 0xd9 && size < 32) out_.push_back(char(0xa0 | size));
    else if (size < 256) head(first, size, 1);
    else if (size < 65536) head(uint8_t(first + 1), size, 2);
    else head(uint8_t(first + 2), size, 4);
    out_.append(value);
  }

  void container(size_t count, uint8_t small, uint8_t large) {
    if (count < 16) out_.push_back(char(small | count));
    else if (count < 65536) head(large, count, 2);
    else head(uint8_t(large + 1), count, 4);
  }
};

inline void write(Writer& writer, const Value& value) {
  if (value.binary) writer.bin(value.data);
  else writer.text(value.data);
}

inline void write(Writer& writer, const Encoded& value) {
  if (value.bytes.empty()) writer.nil();
  else writer.raw(value.bytes);
}

inline void write(Writer& writer, const Headers& headers) {
  writer.list(headers.size());
  for (const auto& [name, value] : headers) {
    writer.list(2);
    writer.text(name);
    writer.text(value);
  }
}

/// Reads MessagePack in place; texts are views of the bytes read.
class Reader {
 public:
  Reader() = default;
  explicit Reader(std::string_view bytes)
      : at_(reinterpret_cast<const uint8_t*>(bytes.data())), end_(at_ + bytes.size()) {}

  bool failed() const { return failed_; }
  bool at_end() const { return at_ == end_; }

  size_t map() { return container(0x80, 0xde); }
  size_t list() { return container(0x90, 0xdc); }
  bool next_is_list() const { return at_ < end_ && ((*at_ & 0xf0) == 0x90 || *at_ == 0xdc || *at_ == 0xdd); }
  bool next_is_binary() const { return at_ < end_ && *at_ >= 0xc4 && *at_ <= 0xc6; }

  /// Text or binary data.
  std::string_view text() {
    uint8_t byte = take();
    uint64_t size = 0;
    if ((byte & 0xe0) == 0xa0) size = byte & 0x1f;
    else if (byte == 0xd9 || byte == 0xc4) size = number_of(1);
    else if (byte == 0xda || byte == 0xc5) size = number_of(2);
    else if (byte == 0xdb || byte == 0xc6) size = number_of(4);
    else fail();
    if (failed_ || size > uint64_t(end_ - at_)) {
      fail();
      return {};
    }
    auto start = reinterpret_cast<const char*>(at_);
    at_ += size;
    return {start, size_t(size)};
  }

  int64_t integer() {
    uint8_t byte = take();
    if (byte < 0x80) return byte;
    if (byte >= 0xe0) return int8_t(byte);
    switch (byte) {
      case 0xcc: return int64_t(number_of(1));
      case 0xcd: return int64_t(number_of(2));
      case 0xce: return int64_t(number_of(4));
      case 0xcf: return int64_t(number_of(8));
      case 0xd0: return int8_t(number_of(1));
      case 0xd1: return int16_t(number_of(2));
      case 0xd2: return int32_t(number_of(4));
      case 0xd3: return int64_t(number_of(8));
      case 0xcb: {
        uint64_t bits = number_of(8);
        double value;
        memcpy(&value, &bits, 8);
        return int64_t(value);
      }
      default: fail(); return 0;
    }
  }

  bool boolean() {
    uint8_t byte = take();
    if (byte != 0xc2 && byte != 0xc3) fail();
    return byte == 0xc3;
  }

  /// Moves past one item and gives its bytes.
  std::string_view skip(int depth = 0) {
    const uint8_t* start = at_;
    if (at_ >= end_ || depth > 32) {
      fail();
      return {};
    }
    uint8_t byte = *at_;
    if ((byte & 0xf0) == 0x80 || byte == 0xde || byte == 0xdf) {
      for (size_t left = map() * 2; left > 0 && !failed_; left--) skip(depth + 1);
    } else if (next_is_list()) {
      for (size_t left = list(); left > 0 && !failed_; left--) skip(depth + 1);
    } else if ((byte & 0xe0) == 0xa0 || (byte >= 0xd9 && byte <= 0xdb) || next_is_binary()) {
      text();
    } else if (byte == 0xc0 || byte == 0xc2 || byte == 0xc3) {
      at_++;
    } else if (byte == 0xca) {
      take();
      number_of(4);
    } else {
      integer();
    }
    return failed_ ? std::string_view() : std::string_view(reinterpret_cast<const char*>(start), size_t(at_ - start));
  }

 private:
  const uint8_t* at_ = nullptr;
  const uint8_t* end_ = nullptr;
  bool failed_ = false;

  void fail() {
    failed_ = true;
    at_ = end_;
  }

  uint8_t take() {
    if (at_ >= end_) {
      fail();
      return 0xc1;
    }
    return *at_++;
  }

  uint64_t number_of(int width) {
    if (end_ - at_ < width) {
      fail();
      return 0;
    }
    uint64_t value = 0;
    for (int index = 0; index < width; index++) value = value << 8 | *at_++;
    return value;
  }

  size_t container(uint8_t small, uint8_t large) {
    uint8_t byte = take();
    uint64_t count = 0;
    if ((byte & 0xf0) == small) count = byte & 0x0f;
    else if (byte == large) count = number_of(2);
    else if (byte == large + 1) count = number_of(4);
    else fail();
    if (count > uint64_t(end_ - at_)) fail();  // every item takes a byte at least
    return failed_ ? 0 : size_t(count);
  }
};

}  // namespace berth
