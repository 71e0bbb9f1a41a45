import { assertEquals } from "@std/assert";
import { encode } from "@msgpack/msgpack";
import type { ServiceFacts } from "../abi.ts";
import { variablesOf } from "./variables.ts";

const service: ServiceFacts = {
  id: "c-s",
  name: "s",
  version: "1.0.0",
  clientId: "c",
  basePath: "/c/s/v1",
  httpPort: 8083,
  nodeId: "n",
  accountId: "",
};

function variables(url: string, headers: Record<string, string> = {}, granted: [string, string][] = []) {
  return Object.fromEntries(variablesOf(encode([url, "GET", headers]), 0, service, granted));
}

Deno.test("path and query are parted at the first question mark, only the path is unescaped", () => {
  const { PATH_INFO, QUERY_STRING } = variables("/a%2Fb/%C3%A4?x=%20?y");
  assertEquals([PATH_INFO, QUERY_STRING], ["/a/b/ä", "x=%20?y"]);
});

Deno.test("a path that is no text, or holds a NUL, stays as it came", () => {
  assertEquals(variables("/%ff").PATH_INFO, "/%ff");
  assertEquals(variables("/a%00b").PATH_INFO, "/a%00b");
});

Deno.test("the server's name and port come from the Host header, also for IPv6", () => {
  const of = (host: string) => {
    const { SERVER_NAME, SERVER_PORT } = variables("/", { host });
    return [SERVER_NAME, SERVER_PORT];
  };
  assertEquals([of("a.test:80"), of("a.test"), of("[::1]:81")], [["a.test", "80"], ["a.test", "8083"], [
    "[::1]",
    "81",
  ]]);
});

Deno.test("no client sets what is granted, what the protocol sets, or HTTP_PROXY", () => {
  const found = variables(
    "/",
    { "x-a": "client", proxy: "evil", "x_b": "1", "request-method": "X" },
    [["HTTP_X_A", "operator"], ["REQUEST_METHOD", "operator"]],
  );
  assertEquals([found.HTTP_X_A, found.HTTP_PROXY, found.HTTP_X_B], ["operator", undefined, undefined]);
  assertEquals([found.REQUEST_METHOD, found.HTTP_REQUEST_METHOD], ["GET", "X"]);
});
