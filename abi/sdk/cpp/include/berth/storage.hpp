// Key–value storage of the service (the storage capability).
//
//   auto item = berth::storage::get("visits");
//   if (!item) return response.error(500, item.error.message);  // denied, io …
//   if (item->found) use(item->value);
//   if (auto done = berth::storage::set("visits", "1"); !done) return response.error(500, done.error.message);
#pragma once

#include <optional>

#include "call.hpp"

namespace berth::storage {

/// What was found.
struct Item {
  bool found = false;
  std::string key;
  std::string value;
  std::string tag;
  bool binary = false;
};

/// How to write.
struct Options {
  std::string tag = {};
  int64_t ttl_ms = 0;  ///< gone after this time; 0: kept
};

namespace detail {
inline void read_item(std::string_view key, Reader& reader, Item& item) {
  if (key == "found") item.found = reader.boolean();
  else if (key == "key") item.key = std::string(reader.text());
  else if (key == "tag") item.tag = std::string(reader.text());
  else if (key == "value") {
    item.binary = reader.next_is_binary();
    item.value = std::string(reader.text());
  } else reader.skip();
}
}  // namespace detail

/// Reads an entry; `found` is false when there is none.
[[nodiscard]] inline Result<Item> get(std::string_view key) {
  Writer message;
  raw::storage_get(message, key);
  berth::detail::Answer answer;
  berth::detail::call(message, answer);
  Result<Item> result{{}, std::move(answer.error)};
  result.value.key = std::string(key);
  if (result) berth::detail::members(answer, [&](std::string_view name, Reader& reader) { detail::read_item(name, reader, result.value); });
  return result;
}

/// Writes text; durable when it returns.
[[nodiscard]] inline Done set(std::string_view key, std::string_view value, const Options& options = {}) {
  Writer message;
  raw::storage_set(message, key, Value{value, false}, options.tag, options.ttl_ms);
  return berth::detail::done(message);
}

/// Writes binary data.
[[nodiscard]] inline Done set_binary(std::string_view key, std::string_view value, const Options& options = {}) {
  Writer message;
  raw::storage_set(message, key, Value{value, true}, options.tag, options.ttl_ms);
  return berth::detail::done(message);
}

/// Removes an entry; the value says whether there was one.
inline Result<bool> remove(std::string_view key) {
  Writer message;
  raw::storage_remove(message, key);
  berth::detail::Answer answer;
  berth::detail::call(message, answer);
  Result<bool> result{false, std::move(answer.error)};
  if (result) berth::detail::members(answer, [&](std::string_view, Reader& reader) { result.value = reader.boolean(); });
  return result;
}

/// Writes only when the present value is `expected` (text; nullopt: when there is no entry); says whether it did.
[[nodiscard]] inline Result<bool> compare_and_set(std::string_view key, std::optional<std::string_view> expected,
                                                  std::string_view value, const Options& options = {}) {
  Writer message;
  Value before{expected.value_or(std::string_view()), false};
  raw::storage_compare_and_set(message, key, expected ? &before : nullptr, Value{value, false}, options.tag, options.ttl_ms);
  berth::detail::Answer answer;
  berth::detail::call(message, answer);
  Result<bool> result{false, std::move(answer.error)};
  if (result) berth::detail::members(answer, [&](std::string_view, Reader& reader) { result.value = reader.boolean(); });
  return result;
}

/// Which entries.
struct Query {
  std::string prefix = {};
  std::string tag = {};
  std::string after = {};
  int64_t limit = 100;
};

/// A page of entries in key order; the next page begins `after` the last key.
[[nodiscard]] inline Result<std::vector<Item>> list(const Query& query = {}) {
  Writer message;
  raw::storage_list(message, query.prefix, query.tag, query.after, query.limit);
  berth::detail::Answer answer;
  berth::detail::call(message, answer);
  Result<std::vector<Item>> result{{}, std::move(answer.error)};
  if (!result) return result;
  berth::detail::members(answer, [&](std::string_view, Reader& reader) {
    for (size_t left = reader.list(); left > 0 && !reader.failed(); left--) {
      Item item;
      item.found = true;
      for (size_t inner = reader.map(); inner > 0; inner--) {
        std::string_view name = reader.text();
        detail::read_item(name, reader, item);
      }
      result.value.push_back(std::move(item));
    }
  });
  return result;
}

/// Several writes and removals, all or nothing.
class Batch {
 public:
  void set(std::string_view key, std::string_view value, const Options& options = {}, bool binary = false) {
    count_++;
    steps_.map(5);
    steps_.text("kind");
    steps_.text("set");
    steps_.text("key");
    steps_.text(key);
    steps_.text("value");
    write(steps_, Value{value, binary});
    steps_.text("tag");
    steps_.text(options.tag);
    steps_.text("ttlMs");
    steps_.integer(options.ttl_ms);
  }

  void remove(std::string_view key) {
    count_++;
    steps_.map(2);
    steps_.text("kind");
    steps_.text("remove");
    steps_.text("key");
    steps_.text(key);
  }

  [[nodiscard]] Done commit() {
    Writer list;
    list.list(count_);
    list.raw(steps_.bytes());
    Writer message;
    raw::storage_batch(message, Encoded{list.bytes()});
    return berth::detail::done(message);
  }

 private:
  Writer steps_;
  size_t count_ = 0;
};

}  // namespace berth::storage
