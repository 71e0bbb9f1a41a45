// Compute programs for the cost of the checks: each takes a size and gives a checksum.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#define EXPORT(name) extern "C" __attribute__((export_name(name)))

static uint32_t seed;
static uint32_t next() {
  seed ^= seed << 13;
  seed ^= seed >> 17;
  seed ^= seed << 5;
  return seed;
}

static const uint32_t K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t ror(uint32_t x, int n) { return x >> n | x << (32 - n); }

static void block(uint32_t *h, const uint8_t *p) {
  uint32_t w[64];
  for (int i = 0; i < 16; i++)
    w[i] = p[i * 4] << 24 | p[i * 4 + 1] << 16 | p[i * 4 + 2] << 8 | p[i * 4 + 3];
  for (int i = 16; i < 64; i++) {
    uint32_t a = ror(w[i - 15], 7) ^ ror(w[i - 15], 18) ^ w[i - 15] >> 3;
    uint32_t b = ror(w[i - 2], 17) ^ ror(w[i - 2], 19) ^ w[i - 2] >> 10;
    w[i] = w[i - 16] + a + w[i - 7] + b;
  }
  uint32_t s[8];
  memcpy(s, h, 32);
  for (int i = 0; i < 64; i++) {
    uint32_t e = s[4], a = s[0];
    uint32_t t = s[7] + (ror(e, 6) ^ ror(e, 11) ^ ror(e, 25)) + ((e & s[5]) ^ (~e & s[6])) + K[i] + w[i];
    uint32_t u = (ror(a, 2) ^ ror(a, 13) ^ ror(a, 22)) + ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));
    s[7] = s[6], s[6] = s[5], s[5] = s[4], s[4] = s[3] + t, s[3] = s[2], s[2] = s[1], s[1] = s[0], s[0] = t + u;
  }
  for (int i = 0; i < 8; i++) h[i] += s[i];
}

EXPORT("sha256") uint32_t sha256(uint32_t blocks) {
  uint32_t h[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  std::vector<uint8_t> data(64 * 64);
  for (size_t i = 0; i < data.size(); i++) data[i] = uint8_t(i * 7);
  for (uint32_t i = 0; i < blocks; i++) block(h, &data[i % 64 * 64]);
  return h[0];
}

static void quicksort(int32_t *v, int lo, int hi) {
  while (lo < hi) {
    int32_t p = v[(lo + hi) / 2];
    int i = lo, j = hi;
    while (i <= j) {
      while (v[i] < p) i++;
      while (v[j] > p) j--;
      if (i <= j) std::swap(v[i++], v[j--]);
    }
    if (j - lo < hi - i) {
      quicksort(v, lo, j);
      lo = i;
    } else {
      quicksort(v, i, hi);
      hi = j;
    }
  }
}

EXPORT("sort") uint32_t sort(uint32_t n) {
  seed = 42;
  std::vector<int32_t> v(n);
  for (auto &x : v) x = int32_t(next());
  quicksort(v.data(), 0, int(n) - 1);
  return uint32_t(v[n / 2]);
}

EXPORT("std_sort") uint32_t stdSort(uint32_t n) {
  seed = 7;
  std::vector<std::string> v;
  for (uint32_t i = 0; i < n; i++) v.push_back(std::to_string(next()));
  std::sort(v.begin(), v.end());
  return uint32_t(v[n / 2][0]) + uint32_t(v[n / 3].size());
}

EXPORT("matrix") uint32_t matrix(uint32_t n) {
  std::vector<double> a(n * n), b(n * n), c(n * n);
  for (uint32_t i = 0; i < n * n; i++) a[i] = i % 13, b[i] = i % 17;
  for (uint32_t i = 0; i < n; i++)
    for (uint32_t j = 0; j < n; j++) {
      double s = 0;
      for (uint32_t k = 0; k < n; k++) s += a[i * n + k] * b[k * n + j];
      c[i * n + j] = s;
    }
  return uint32_t(c[n * n / 2]);
}

struct Parser {
  const char *p;
  uint32_t sum = 0;
  void space() { while (*p == ' ' || *p == '\n' || *p == '\t') p++; }
  bool value() {
    space();
    if (*p == '{' || *p == '[') {
      char close = *p == '{' ? '}' : ']';
      bool object = *p++ == '{';
      space();
      while (*p != close) {
        if (object) {
          if (!string()) return false;
          space();
          if (*p++ != ':') return false;
        }
        if (!value()) return false;
        space();
        if (*p == ',') p++;
        space();
      }
      p++;
      return true;
    }
    if (*p == '"') return string();
    if (*p == 't') return p += 4, sum++, true;
    if (*p == 'f') return p += 5, true;
    if (*p == 'n') return p += 4, true;
    return number();
  }
  bool string() {
    if (*p++ != '"') return false;
    while (*p != '"') {
      if (*p == '\\') p++;
      sum = sum * 31 + uint8_t(*p++);
    }
    p++;
    return true;
  }
  bool number() {
    double v = 0;
    bool minus = *p == '-';
    if (minus) p++;
    if (*p < '0' || *p > '9') return false;
    while (*p >= '0' && *p <= '9') v = v * 10 + (*p++ - '0');
    if (*p == '.') {
      double f = 0.1;
      for (p++; *p >= '0' && *p <= '9'; f /= 10) v += f * (*p++ - '0');
    }
    sum += uint32_t(minus ? -v : v);
    return true;
  }
};

EXPORT("json") uint32_t json(uint32_t n) {
  std::string text = "[";
  for (uint32_t i = 0; i < n; i++) {
    if (i) text += ",";
    text += "{\"id\": " + std::to_string(i) + ", \"name\": \"item number \\\"" + std::to_string(i * 7) +
            "\\\"\", \"tags\": [\"a\", \"bc\", true, null], \"price\": 12.75}";
  }
  text += "]";
  Parser parser{text.c_str()};
  return parser.value() ? parser.sum : 0;
}

EXPORT("compress") uint32_t compress(uint32_t n) {
  seed = 3;
  std::vector<uint8_t> in(n), out;
  for (uint32_t i = 0; i < n; i++) in[i] = i > 100 && next() % 4 ? in[i - 1 - next() % 90] : uint8_t('a' + next() % 20);
  std::vector<int32_t> head(4096, -1);
  for (uint32_t i = 0; i + 4 < n;) {
    uint32_t hash = (in[i] * 2654435761u ^ in[i + 1] * 40503u ^ in[i + 2] * 69069u) >> 7 & 4095;
    int32_t at = head[hash];
    head[hash] = int32_t(i);
    uint32_t length = 0;
    if (at >= 0) while (i + length < n && length < 255 && in[at + length] == in[i + length]) length++;
    if (length >= 4) {
      out.push_back(0), out.push_back(uint8_t(length)), out.push_back(uint8_t(i - at)), out.push_back(uint8_t((i - at) >> 8));
      i += length;
    } else out.push_back(in[i++]);
  }
  return uint32_t(out.size());
}

EXPORT("image") uint32_t image(uint32_t n) {
  std::vector<uint8_t> a(n * n), b(n * n);
  for (uint32_t i = 0; i < n * n; i++) a[i] = uint8_t(i * i >> 3);
  uint32_t sum = 0;
  for (int round = 0; round < 4; round++) {
    for (uint32_t y = 1; y + 1 < n; y++)
      for (uint32_t x = 1; x + 1 < n; x++) {
        int gx = 0, gy = 0;
        for (int dy = -1; dy <= 1; dy++)
          for (int dx = -1; dx <= 1; dx++) {
            int v = a[(y + dy) * n + x + dx];
            gx += v * dx * (dy ? 1 : 2);
            gy += v * dy * (dx ? 1 : 2);
          }
        int m = abs(gx) + abs(gy);
        b[y * n + x] = uint8_t(m > 255 ? 255 : m);
        sum += m;
      }
    a.swap(b);
  }
  return sum;
}

static bool matchHere(const char *re, const char *s);
static bool matchStar(char c, const char *re, const char *s) {
  do if (matchHere(re, s)) return true;
  while (*s && (*s++ == c || c == '.'));
  return false;
}
static bool matchHere(const char *re, const char *s) {
  if (!re[0]) return true;
  if (re[1] == '*') return matchStar(re[0], re + 2, s);
  if (re[0] == '$' && !re[1]) return !*s;
  return *s && (re[0] == '.' || re[0] == *s) && matchHere(re + 1, s + 1);
}

EXPORT("regex") uint32_t regex(uint32_t n) {
  seed = 9;
  uint32_t hits = 0;
  std::string s;
  for (uint32_t i = 0; i < n; i++) {
    s.clear();
    for (int k = 0; k < 60; k++) s.push_back(char('a' + next() % 4));
    for (const char *at = s.c_str(); *at; at++) hits += matchHere("a.*b*c.d", at);
  }
  return hits;
}

EXPORT("fib") uint32_t fib(uint32_t n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

EXPORT("crc") uint32_t crc(uint32_t n) {
  static uint32_t table[256];
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t c = i;
    for (int k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ c >> 1 : c >> 1;
    table[i] = c;
  }
  uint32_t c = ~0u;
  for (uint32_t i = 0; i < n; i++) c = table[(c ^ i) & 255] ^ c >> 8;
  return ~c;
}

struct Shape {
  virtual ~Shape() {}
  virtual int area(int k) const = 0;
};
struct Square : Shape {
  int a;
  Square(int a) : a(a) {}
  int area(int k) const override { return a * a + k; }
};
struct Circle : Shape {
  int r;
  Circle(int r) : r(r) {}
  int area(int k) const override { return r * 3 ^ k; }
};

EXPORT("virtual_calls") uint32_t virtualCalls(uint32_t n) {
  std::vector<Shape *> shapes;
  for (int i = 0; i < 64; i++) shapes.push_back(i % 3 ? (Shape *)new Square(i) : new Circle(i));
  uint32_t sum = 0;
  for (uint32_t i = 0; i < n; i++) sum += uint32_t(shapes[i % 64]->area(int(i)));
  for (auto shape : shapes) delete shape;
  return sum;
}
