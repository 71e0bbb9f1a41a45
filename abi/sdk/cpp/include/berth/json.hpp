// JSON values: read, look at, change, write. Whole numbers stay whole.
//
//   bool ok = false;
//   berth::Json order = berth::json_body(request, &ok);
//   if (!ok) return response.error(400, "the body is no JSON");
//   int64_t first = order["items"][0]["count"].integer();  // 0 when any of it is missing
//   response.json(berth::Json::object().set("count", first).set("ok", true));
#pragma once

#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http.hpp"

namespace berth {

/// A JSON value. Asking a value for what it is not gives null, 0, false or an empty text: no exceptions.
class Json {
 public:
  enum class Type : uint8_t { null, boolean, integer, number, text, list, object };

  Json() = default;
  Json(std::nullptr_t) {}
  Json(bool value) : type_(Type::boolean), integer_(value) {}
  Json(int value) : type_(Type::integer), integer_(value) {}
  Json(long value) : type_(Type::integer), integer_(value) {}
  Json(long long value) : type_(Type::integer), integer_(value) {}
  Json(unsigned value) : type_(Type::integer), integer_(int64_t(value)) {}
  Json(unsigned long value) : type_(Type::integer), integer_(int64_t(value)) {}
  Json(unsigned long long value) : type_(Type::integer), integer_(int64_t(value)) {}
  Json(double value) : type_(Type::number), number_(value) {}
  Json(const char* value) : type_(Type::text), text_(value) {}
  Json(std::string_view value) : type_(Type::text), text_(value) {}
  Json(std::string value) : type_(Type::text), text_(std::move(value)) {}

  static Json list() {
    Json value;
    value.type_ = Type::list;
    return value;
  }

  static Json object() {
    Json value;
    value.type_ = Type::object;
    return value;
  }

  /// Reads text; `ok` says whether it was JSON and nothing else.
  static Json parse(std::string_view text, bool* ok = nullptr) {
    Parser parser{text.data(), text.data() + text.size()};
    Json value = parser.value(0);
    parser.space();
    bool good = !parser.failed && parser.at == parser.end;
    if (ok) *ok = good;
    return good ? value : Json();
  }

  Type type() const { return type_; }
  bool is_null() const { return type_ == Type::null; }
  bool is_text() const { return type_ == Type::text; }
  bool is_list() const { return type_ == Type::list; }
  bool is_object() const { return type_ == Type::object; }
  bool is_number() const { return type_ == Type::integer || type_ == Type::number; }

  bool boolean() const { return type_ == Type::boolean && integer_ != 0; }
  /// The number without its fraction; 0 for what is no number, or none of 64 bits.
  int64_t integer() const {
    if (type_ == Type::integer) return integer_;
    return type_ == Type::number && number_ > -9.2e18 && number_ < 9.2e18 ? int64_t(number_) : 0;
  }
  double number() const { return type_ == Type::integer ? double(integer_) : type_ == Type::number ? number_ : 0; }
  const std::string& text() const { return text_; }

  size_t size() const { return type_ == Type::object ? members_.size() : items_.size(); }
  const std::vector<Json>& items() const { return items_; }
  const std::vector<std::pair<std::string, Json>>& members() const { return members_; }

  /// A member of an object, an item of a list; null when there is none.
  const Json& operator[](std::string_view key) const {
    for (const auto& [name, value] : members_) {
      if (name == key) return value;
    }
    return none();
  }
  const Json& operator[](const char* key) const { return (*this)[std::string_view(key)]; }
  const Json& operator[](int index) const { return index < 0 ? none() : (*this)[size_t(index)]; }
  const Json& operator[](size_t index) const { return index < items_.size() ? items_[index] : none(); }

  bool has(std::string_view key) const {
    for (const auto& member : members_) {
      if (member.first == key) return true;
    }
    return false;
  }

  /// Sets a member; a value that is no object becomes one.
  Json& set(std::string_view key, Json value) {
    if (type_ != Type::object) *this = object();
    for (auto& [name, present] : members_) {
      if (name == key) {
        present = std::move(value);
        return *this;
      }
    }
    members_.emplace_back(std::string(key), std::move(value));
    return *this;
  }

  /// Adds an item; a value that is no list becomes one.
  Json& push(Json value) {
    if (type_ != Type::list) *this = list();
    items_.push_back(std::move(value));
    return *this;
  }

  std::string dump() const {
    std::string out;
    write(out);
    return out;
  }

 private:
  Type type_ = Type::null;
  int64_t integer_ = 0;
  double number_ = 0;
  std::string text_;
  std::vector<Json> items_;
  std::vector<std::pair<std::string, Json>> members_;

  static const Json& none() {
    static const Json nothing;
    return nothing;
  }

  static void write_integer(std::string& out, int64_t value) {
    char digits[20];
    int count = 0;
    uint64_t left = value < 0 ? 0 - uint64_t(value) : uint64_t(value);
    do {
      digits[count++] = char('0' + left % 10);
      left /= 10;
    } while (left > 0);
    if (value < 0) out.push_back('-');
    while (count > 0) out.push_back(digits[--count]);
  }

  /// 15 digits at most: what every decimal text of that length comes back as.
  static void write_number(std::string& out, double value) {
    if (!(value - value == 0)) {  // infinities and NaN have no JSON form
      out += "null";
      return;
    }
    if (value < 0) {
      out.push_back('-');
      value = -value;
    }
    int exponent = 0;
    if (value != 0) {
      while (value >= 1e15) {
        value /= 10;
        exponent++;
      }
      while (value < 1e14) {
        value *= 10;
        exponent--;
      }
    }
    uint64_t digits = uint64_t(value + 0.5);
    while (digits != 0 && digits % 10 == 0) {
      digits /= 10;
      exponent++;
    }
    std::string text;
    write_integer(text, int64_t(digits));
    int point = int(text.size()) + exponent;  // where the decimal point stands, from the first digit
    if (exponent >= 0 && point <= 17) {
      out.append(text).append(size_t(exponent), '0');
    } else if (exponent < 0 && point > 0) {
      out.append(text, 0, size_t(point)).append(1, '.').append(text, size_t(point), std::string::npos);
    } else if (exponent < 0 && point > -6) {
      out.append("0.").append(size_t(-point), '0').append(text);
    } else {
      out.append(text, 0, 1);
      if (text.size() > 1) out.append(1, '.').append(text, 1, std::string::npos);
      out.push_back('e');
      write_integer(out, point - 1);
    }
  }

  void write(std::string& out) const {
    switch (type_) {
      case Type::null: out += "null"; break;
      case Type::boolean: out += integer_ ? "true" : "false"; break;
      case Type::integer: write_integer(out, integer_); break;
      case Type::number: write_number(out, number_); break;
      case Type::text: detail::quote(out, text_); break;
      case Type::list: {
        out.push_back('[');
        for (size_t at = 0; at < items_.size(); at++) {
          if (at > 0) out.push_back(',');
          items_[at].write(out);
        }
        out.push_back(']');
        break;
      }
      case Type::object: {
        out.push_back('{');
        bool first = true;
        for (const auto& [name, value] : members_) {
          if (!first) out.push_back(',');
          first = false;
          detail::quote(out, name);
          out.push_back(':');
          value.write(out);
        }
        out.push_back('}');
        break;
      }
    }
  }

  struct Parser {
    const char* at;
    const char* end;
    bool failed = false;

    void space() {
      while (at < end && (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r')) at++;
    }

    Json fail() {
      failed = true;
      at = end;
      return Json();
    }

    bool word(std::string_view text) {
      if (size_t(end - at) < text.size() || std::string_view(at, text.size()) != text) return false;
      at += text.size();
      return true;
    }

    Json value(int depth) {
      space();
      if (at >= end || depth > 64) return fail();
      if (*at == '{') return object(depth);
      if (*at == '[') return list(depth);
      if (*at == '"') return Json(string());
      if (word("true")) return Json(true);
      if (word("false")) return Json(false);
      if (word("null")) return Json();
      return number();
    }

    Json list(int depth) {
      Json made = Json::list();
      at++;
      space();
      if (word("]")) return made;
      for (;;) {
        made.items_.push_back(value(depth + 1));
        space();
        if (word("]")) return made;
        if (failed || !word(",")) return fail();
      }
    }

    Json object(int depth) {
      Json made = Json::object();
      at++;
      space();
      if (word("}")) return made;
      for (;;) {
        space();
        if (at >= end || *at != '"') return fail();
        std::string key = string();
        space();
        if (!word(":")) return fail();
        made.set(key, value(depth + 1));
        space();
        if (word("}")) return made;
        if (failed || !word(",")) return fail();
      }
    }

    bool digit() const { return at < end && *at >= '0' && *at <= '9'; }

    Json number() {
      const char* start = at;
      bool whole = true;
      if (at < end && *at == '-') at++;
      if (!digit()) return fail();
      if (*at == '0') at++;
      else while (digit()) at++;
      if (at < end && *at == '.') {
        whole = false;
        at++;
        if (!digit()) return fail();
        while (digit()) at++;
      }
      if (at < end && (*at == 'e' || *at == 'E')) {
        whole = false;
        at++;
        if (at < end && (*at == '+' || *at == '-')) at++;
        if (!digit()) return fail();
        while (digit()) at++;
      }
      std::string text(start, size_t(at - start));
      if (whole && text.size() <= 18) return Json((long long)strtoll(text.c_str(), nullptr, 10));
      return Json(strtod(text.c_str(), nullptr));
    }

    unsigned four() {
      unsigned code = 0;
      for (int count = 0; count < 4; count++) {
        if (at >= end) return failed = true, 0;
        char letter = detail::lower(*at++);
        if (letter >= '0' && letter <= '9') code = code * 16 + unsigned(letter - '0');
        else if (letter >= 'a' && letter <= 'f') code = code * 16 + unsigned(letter - 'a' + 10);
        else return failed = true, 0;
      }
      return code;
    }

    static void utf8(std::string& out, unsigned code) {
      if (code < 0x80) out.push_back(char(code));
      else if (code < 0x800) {
        out.push_back(char(0xc0 | code >> 6));
        out.push_back(char(0x80 | (code & 63)));
      } else if (code < 0x10000) {
        out.push_back(char(0xe0 | code >> 12));
        out.push_back(char(0x80 | (code >> 6 & 63)));
        out.push_back(char(0x80 | (code & 63)));
      } else {
        out.push_back(char(0xf0 | code >> 18));
        out.push_back(char(0x80 | (code >> 12 & 63)));
        out.push_back(char(0x80 | (code >> 6 & 63)));
        out.push_back(char(0x80 | (code & 63)));
      }
    }

    void escape(std::string& out) {
      char letter = at < end ? *at++ : '\0';
      switch (letter) {
        case '"': case '\\': case '/': out.push_back(letter); break;
        case 'b': out.push_back('\b'); break;
        case 'f': out.push_back('\f'); break;
        case 'n': out.push_back('\n'); break;
        case 'r': out.push_back('\r'); break;
        case 't': out.push_back('\t'); break;
        case 'u': {
          unsigned code = four();
          if (code >= 0xd800 && code < 0xdc00 && word("\\u")) code = 0x10000 + ((code - 0xd800) << 10) + (four() - 0xdc00);
          utf8(out, code >= 0xd800 && code < 0xe000 ? 0xfffd : code > 0x10ffff ? 0xfffd : code);
          break;
        }
        default: failed = true;
      }
    }

    std::string string() {
      std::string out;
      at++;
      while (at < end && *at != '"') {
        if (uint8_t(*at) < 0x20) {
          failed = true;
          return out;
        }
        if (*at == '\\') {
          at++;
          escape(out);
        } else out.push_back(*at++);
      }
      if (at >= end) failed = true;
      else at++;
      return out;
    }
  };
};

/// The request's body as JSON.
inline Json json_body(const Request& request, bool* ok = nullptr) { return Json::parse(request.body(), ok); }

}  // namespace berth
