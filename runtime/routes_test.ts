import { assertEquals } from "@std/assert";
import { RouteTable } from "./routes.ts";

const table = () => {
  const routes = new RouteTable<string>();
  routes.set("/api/logs/v1", "logs");
  routes.set("/api/logs", "all logs");
  routes.set("/api/a/b/c/d", "deep");
  return routes;
};

Deno.test("the longest base path that fits answers, with the rest of the path", () => {
  assertEquals(table().match("/api/logs/v1"), { target: "logs", rest: "/" });
  assertEquals(table().match("/api/logs/v1/"), { target: "logs", rest: "/" });
  assertEquals(table().match("/api/logs/v1/tail/x"), { target: "logs", rest: "/tail/x" });
  assertEquals(table().match("/api/logs/v2/x"), { target: "all logs", rest: "/v2/x" });
  assertEquals(table().match("/api/a/b/c/d/e/f/g"), { target: "deep", rest: "/e/f/g" });
});

Deno.test("a URL's path begins where it is said and ends before the query, which stays with the rest", () => {
  const rest = (url: string) => table().match(url, url.indexOf("/", 8))?.rest;
  assertEquals(rest("http://api/api/logs/v1?a=/x/y"), "/?a=/x/y");
  assertEquals(rest("http://h:1/api/logs/v1/?a"), "/?a");
  assertEquals(rest("http://h/api/logs/v1/tail?a=b?c"), "/tail?a=b?c");
  assertEquals(rest("http://h/api/logs?/v1/x"), "/?/v1/x");
  assertEquals(rest("http://h/api?/api/logs/v1"), undefined);
  assertEquals(rest("http://api/logs/v1"), undefined);
});

Deno.test("a path that only begins like a base path does not match", () => {
  for (
    const path of ["/", "/api", "/api/", "/api/logsx", "/api/a/b/c", "", "//", "/api//logs", "/API/logs"]
  ) {
    assertEquals(table().match(path), null, path);
  }
});

Deno.test("dots and escapes are not resolved: they belong to no other service", () => {
  assertEquals(table().match("/x/../api/logs/v1"), null);
  assertEquals(table().match("/api/%6cogs/v1"), null);
  assertEquals(table().match("/api/logs/v1/../../mcm")?.rest, "/../../mcm");
});

Deno.test("a removed base path does not match any more", () => {
  const routes = table();
  routes.delete("/api/logs/v1");
  assertEquals(routes.match("/api/logs/v1")?.target, "all logs");
});
