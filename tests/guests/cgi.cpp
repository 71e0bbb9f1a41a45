// A plain program with a main: what the CGI convention makes a service of. Each path is one behaviour.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

namespace {

int runs = 0;

void text() { printf("Content-Type: text/plain\r\n\r\n"); }

void variables() {
  text();
  for (const char* name : {"REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "CONTENT_TYPE", "CONTENT_LENGTH",
                           "HTTP_X_COLOUR", "HTTP_PROXY", "HTTP_X_SPOOF", "LEVEL", "SECRET"}) {
    const char* value = getenv(name);
    if (value) printf("%s=%s\n", name, value);
  }
}

void echo() {
  text();
  char buffer[4096];
  for (size_t length; (length = fread(buffer, 1, sizeof buffer, stdin)) > 0;) fwrite(buffer, 1, length, stdout);
}

void many(size_t bytes) {
  text();
  while (bytes-- > 0) putchar('x');
}

}  // namespace

int main() {
  runs++;
  const char* path = getenv("PATH_INFO");
  auto is = [path](const char* prefix) { return strncmp(path, prefix, strlen(prefix)) == 0; };
  if (is("/variables")) variables();
  else if (is("/echo")) echo();
  else if (is("/runs")) text(), printf("%d", runs);
  else if (is("/missing")) printf("Status: 404 Not Found\nContent-Type: text/plain\nSet-Cookie: a=1\nSet-Cookie: b=2\n\nno");
  else if (is("/moved")) printf("Location: /elsewhere\n\n");
  else if (is("/headless")) printf("hello");
  else if (is("/many")) many(100 * 1024);
  else if (is("/log")) text(), fprintf(stderr, "said to the log\n");
  else if (is("/failed")) text(), exit(3);
}
