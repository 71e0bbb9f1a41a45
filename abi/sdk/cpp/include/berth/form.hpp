// Forms that a browser uploads (multipart/form-data), part by part, with files streamed.
//
//   berth::Form form;
//   for (auto part = form.next(); ; part = form.next()) {
//     if (!part) return response.error(400, part.error.message);
//     if (part->end) break;
//     if (part->file) form.store("/data/upload");
//   }
#pragma once

#include "call.hpp"

namespace berth {

/// A part of a form.
struct FormPart {
  bool end = false;   ///< there are no more parts
  bool file = false;  ///< a file, whose content is read or stored; else `value` holds it
  std::string name;
  std::string filename;  ///< as the client gave it: never a path to trust
  std::string content_type;
  std::string value;
};

/// The form of the request under way.
class Form {
 public:
  /// The next part; what is left of the one before is passed over.
  Result<FormPart> next() {
    Writer message;
    raw::form_next(message);
    detail::Answer answer;
    detail::call(message, answer);
    Result<FormPart> result{{}, std::move(answer.error)};
    if (result) detail::members(answer, [&](std::string_view key, Reader& reader) {
      if (key == "kind") {
        std::string_view kind = reader.text();
        result->end = kind == "end";
        result->file = kind == "file";
      } else if (key == "name") result->name = std::string(reader.text());
      else if (key == "filename") result->filename = std::string(reader.text());
      else if (key == "contentType") result->content_type = std::string(reader.text());
      else if (key == "value") result->value = std::string(reader.text());
      else reader.skip();
    });
    return result;
  }

  /// The next piece of the file; an empty one at its end.
  Result<std::string> read(int64_t max = 65536) {
    Writer message;
    raw::form_read(message, max);
    detail::Answer answer;
    detail::call(message, answer);
    Result<std::string> result{{}, std::move(answer.error)};
    if (result) detail::members(answer, [&](std::string_view key, Reader& reader) {
      if (key == "data") result.value = std::string(reader.text());
      else reader.skip();
    });
    return result;
  }

  /// Stores the rest of the file in a mount (the files capability); gives its size.
  Result<int64_t> store(std::string_view path) {
    Writer message;
    raw::form_store(message, path);
    detail::Answer answer;
    detail::call(message, answer);
    Result<int64_t> result{0, std::move(answer.error)};
    if (result) detail::members(answer, [&](std::string_view, Reader& reader) { result.value = reader.integer(); });
    return result;
  }
};

}  // namespace berth
