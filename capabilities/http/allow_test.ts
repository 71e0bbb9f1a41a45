import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { CapabilityError } from "../error.ts";
import { addressText, parseAddress, specialNetwork } from "./address.ts";
import {
  AllowPatternError,
  allowsTarget,
  originOf,
  parsePattern,
  parseTarget,
  patternsOf,
  refusedAddress,
} from "./allow.ts";

const allows = (allow: readonly string[], url: string) =>
  allowsTarget(patternsOf(allow, undefined), parseTarget(url));

Deno.test("allow list: a name matches itself, in any case and with a final dot, and nothing like it", () => {
  const allow = ["https://example.com"];
  for (
    const url of [
      "https://example.com",
      "https://example.com:443/x",
      "HTTPS://EXAMPLE.com/",
      "https://example.com./",
      "https://ex%61mple.com/",
      "https://ｅxample.com/",
    ]
  ) assert(allows(allow, url), url);
  for (
    const url of [
      "http://example.com/",
      "https://example.com:444/",
      "https://www.example.com/",
      "https://badexample.com/",
      "https://example.com.evil.test/",
      "https://example.comx/",
      "https://xn--exampl-gva.com/",
    ]
  ) assert(!allows(allow, url), url);
});

Deno.test("allow list: a wildcard stands for what is below a name and not for the name", () => {
  const allow = ["https://*.example.com"];
  for (const host of ["a.example.com", "a.b.example.com", "a.example.com."]) {
    assert(allows(allow, `https://${host}/`), host);
  }
  for (const host of ["example.com", "badexample.com", "example.com.evil.test", "a.example.org"]) {
    assert(!allows(allow, `https://${host}/`), host);
  }
});

Deno.test("allow list: ports are the scheme's, one, a range or all", () => {
  for (
    const [pattern, inside, outside] of [
      ["http://h.test", [80], [443, 81]],
      ["https://h.test", [443], [80, 8443]],
      ["http://h.test:8080", [8080], [80, 8081]],
      ["http://h.test:9000-9010", [9000, 9005, 9010], [8999, 9011]],
      ["http://h.test:*", [1, 80, 65_535], []],
    ] as const
  ) {
    for (const port of inside) {
      assert(
        allows([pattern], `${pattern.slice(0, pattern.indexOf(":"))}://h.test:${port}/`),
        `${pattern} ${port}`,
      );
    }
    for (const port of outside) {
      assert(
        !allows([pattern], `${pattern.slice(0, pattern.indexOf(":"))}://h.test:${port}/`),
        `${pattern} ${port}`,
      );
    }
  }
});

Deno.test("allow list: every spelling of an address is that address", () => {
  const loopback = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "0x7f.1",
    "0x7f000001",
    "0177.0.0.1",
    "2130706433",
    "017700000001",
    "127.0.0.1.",
    "%31%32%37.0.0.1",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:7f00:0001]",
    "①②⑦.0.0.1",
  ];
  for (const host of loopback) {
    assert(allows(["http://127.0.0.1"], `http://${host}/`), host);
    assert(!allows(["http://*.test", "http://localhost"], `http://${host}/`), host);
    assertEquals(originOf(parseTarget(`http://${host}/`)), "http://127.0.0.1", host);
  }
  for (const host of ["[::1]", "[0:0:0:0:0:0:0:1]", "[::0001]"]) {
    assert(allows(["http://[::1]"], `http://${host}/`), host);
    assert(!allows(["http://127.0.0.1"], `http://${host}/`), host);
  }
  for (const host of ["0.0.0.0", "0", "[::]", "[::ffff:0.0.0.0]", "[::127.0.0.1]", "[64:ff9b::7f00:1]"]) {
    assert(
      !allows(
        ["http://127.0.0.1", "http://[::1]", "http://127.0.0.0/8", "http://0.0.0.0/0"],
        `http://${host}/`,
      ),
      host,
    );
  }
});

Deno.test("allow list: a network holds its addresses; a wide one holds only the public ones", () => {
  assert(allows(["https://203.0.113.0/24:443"], "https://203.0.113.255/"));
  assert(!allows(["https://203.0.113.0/24:443"], "https://203.0.114.0/"));
  assert(!allows(["https://203.0.113.0/24:443"], "https://name.test/"));
  assert(allows(["http://10.0.0.0/8"], "http://10.255.0.1/"));
  assert(allows(["http://169.254.169.254"], "http://169.254.169.254/"));
  for (const pattern of ["http://0.0.0.0/0", "http://128.0.0.0/1", "http://8.0.0.0/5"]) {
    assert(allows([pattern], pattern.includes("128") ? "http://151.1.1.1/" : "http://8.8.8.8/"), pattern);
    for (
      const host of [
        "10.0.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "168.63.129.16",
        "192.168.1.1",
        "172.16.0.1",
        "224.0.0.1",
      ]
    ) {
      assert(!allows([pattern], `http://${host}/`), `${pattern} ${host}`);
    }
  }
});

Deno.test("allow list: a name may lead to public addresses, and to others only when they are allowed, too", () => {
  const target = parseTarget("http://name.test/");
  const refused = (allow: readonly string[], address: string) =>
    refusedAddress(patternsOf(allow, undefined), target, parseAddress(address) ?? 0n);
  for (const address of ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"]) {
    assertEquals(refused([], address), null, address);
  }
  for (
    const [address, kind] of [
      ["10.1.2.3", "a private address"],
      ["172.31.255.255", "a private address"],
      ["192.168.0.1", "a private address"],
      ["100.64.0.1", "a shared address"],
      ["127.0.0.1", "a loopback address"],
      ["127.255.255.254", "a loopback address"],
      ["169.254.169.254", "a link-local address"],
      ["168.63.129.16", "a metadata address"],
      ["0.0.0.0", "an unspecified address"],
      ["255.255.255.255", "a reserved address"],
      ["224.0.0.251", "a multicast address"],
      ["::", "an unspecified address"],
      ["::1", "a loopback address"],
      ["::ffff:10.0.0.1", "a private address"],
      ["::10.0.0.1", "a reserved address"],
      ["64:ff9b::a00:1", "a private address"],
      ["64:ff9b:1::a00:1", "a private address"],
      ["fd00:ec2::254", "a private address"],
      ["fe80::1", "a link-local address"],
      ["ff02::1", "a multicast address"],
      ["2002:a00:1::", "a tunnelled address"],
      ["2001::1", "a reserved address"],
      ["4000::1", "a reserved address"],
    ] as const
  ) {
    assertEquals(refused([], address), kind, address);
    assertEquals(refused(["http://0.0.0.0/0"], address), kind, address);
  }
  assertEquals(refused(["http://10.0.0.0/8"], "10.1.2.3"), null);
  assertEquals(refused(["http://10.1.2.3"], "::ffff:10.1.2.3"), null);
  assertEquals(refused(["https://10.0.0.0/8", "http://10.0.0.0/8:81"], "10.1.2.3"), "a private address");
  const local = parseTarget("http://localhost/");
  assertEquals(refusedAddress([], local, parseAddress("127.0.0.1") ?? 0n), null);
  assertEquals(refusedAddress([], local, parseAddress("::1") ?? 0n), null);
  assertEquals(refusedAddress([], local, parseAddress("10.0.0.1") ?? 0n), "a private address");
});

Deno.test("allow list: URLs that are relative, hold credentials or are malformed are refused as such", () => {
  for (
    const url of [
      "",
      "/",
      "/path",
      "//host/",
      "path",
      "http:",
      "http:/",
      "http://",
      "http:///x",
      "http:example.com",
      "http:/example.com",
      "ftp://h/",
      "file:///etc/passwd",
      "data:,x",
      "javascript:1",
      "unix:/run/x",
      "ws://h/",
      "http://user@h/",
      "http://user:pass@h/",
      "http://:@h/",
      "http://@h/",
      "http://a@b@h/",
      "http://h\\@evil/",
      "http:\\\\h\\",
      "http://h/ x",
      "http://h/\r\nx",
      "http://h/\tx",
      " http://h/",
      "http://h/\0",
      "http://h:0/",
      "http://h:65536/",
      "http://h:-1/",
      "http://h:x/",
      "http://[::1/",
      "http://[::1%25eth0]/",
      "http://[::g]/",
      "http://256.0.0.1/",
      "http://1.2.3.4.5/",
      "http://0x100000000/",
      "http://a..b/",
      "http://./",
      "http://h../",
      "http://a_b..c/",
      "http://%00/",
      "http://h%2f/",
      "http://h%40evil/",
      "http://*.h/",
      "http://-h/",
      "http://*/",
    ]
  ) {
    const error = assertThrows(() => parseTarget(url), CapabilityError);
    assertEquals(error.code, "invalid", url);
    assert(!error.message.includes("user:"), error.message);
  }
});

Deno.test("allow list: a target's path is what will be sent", () => {
  const path = (url: string) => parseTarget(url).path;
  assertEquals(path("http://h"), "/");
  assertEquals(path("http://h?a=b"), "/?a=b");
  assertEquals(path("http://h/a/../b/./c?d#e"), "/b/c?d");
  assertEquals(path("http://h//x"), "//x");
  assertEquals(path("http://h/ä?ö"), "/%C3%A4?%C3%B6");
});

Deno.test("allow list: what is not a pattern is refused with the reason and the right form", () => {
  for (
    const [pattern, includes] of [
      ["", "scheme://host"],
      ["example.com", "scheme://host"],
      ["//example.com", "scheme://host"],
      ["Self", "or self"],
      ["ftp://h", "http or https"],
      ["HTTP://h", "lower case"],
      ["*://h", "http or https"],
      ["http://", "host is missing"],
      ["http://:80", "host is missing"],
      ["http://user@h", "user name"],
      ["http://h/", "leave the path out"],
      ["http://h/path", "leave the path out"],
      ["http://h:80/path", "leave the path out"],
      ["http://h?x", "leave the query out"],
      ["http://h#x", "leave the query out"],
      ["http://h:0", "1 to 65535"],
      ["http://h:65536", "1 to 65535"],
      ["http://h:080", "1 to 65535"],
      ["http://h:", "1 to 65535"],
      ["http://h:x", "1 to 65535"],
      ["http://h:9-8", "ends before it starts"],
      ["http://h:8000..9000", "first-last"],
      ["http://h:1-2-3", "1 to 65535"],
      ["http://*", "every host"],
      ["http://*.", "host is missing"],
      ["http://*.*.h", "in front"],
      ["http://a.*.h", "in front"],
      ["http://*a.h", "in front"],
      ["http://h.", "dot at the end"],
      ["http://Example.com", "example.com"],
      ["http://bücher.de", "xn--bcher-kva.de"],
      ["http://a..b", "not a host name"],
      ["http://-a", "not a host name"],
      [`http://${"a".repeat(64)}`, "not a host name"],
      [`http://${"a.".repeat(127)}a`, "not a host name"],
      [`http://${"a".repeat(300)}`, "longer than"],
      ["http://127.1", "four decimal numbers"],
      ["http://0x7f.0.0.1", "four decimal numbers"],
      ["http://2130706433", "four decimal numbers"],
      ["http://0177.0.0.1", "four decimal numbers"],
      ["http://*.0.0.1", "four decimal numbers"],
      ["http://0.0.0.0", "unspecified"],
      ["http://[::]", "unspecified"],
      ["http://::1", "brackets"],
      ["http://[::1", "brackets"],
      ["http://[::g]", "not an IPv6 address"],
      ["http://[::1%eth0]", "not an IPv6 address"],
      ["http://[fd00::]/8", "IPv4 only"],
      ["http://10.0.0.0/33", "0 to 32"],
      ["http://10.0.0.0/08", "0 to 32"],
      ["http://10.0.0.0/", "0 to 32"],
      ["http://10.0.0.1/8", "starts at 10.0.0.0/8"],
      ["http://h/24", "leave the path out"],
      ["http://h\n", "not a host name"],
    ] as const
  ) {
    const error = assertThrows(() => parsePattern(pattern), AllowPatternError);
    assertStringIncludes(error.message, includes, `${JSON.stringify(pattern)}: ${error.message}`);
  }
});

Deno.test("allow list: self is this Berth's address, or nothing", () => {
  const target = parseTarget("http://127.0.0.1:8083/x");
  assert(allowsTarget(patternsOf(["self"], "http://127.0.0.1:8083"), target));
  assert(!allowsTarget(patternsOf(["self"], "http://127.0.0.1:8084"), target));
  assert(!allowsTarget(patternsOf(["self"], undefined), target));
});

Deno.test("addresses: text and number agree in both directions", () => {
  for (
    const [text, shown] of [
      ["0.0.0.0", "0.0.0.0"],
      ["255.255.255.255", "255.255.255.255"],
      ["::", "[::]"],
      ["::1", "[::1]"],
      ["1::", "[1::]"],
      ["2001:db8:0:0:1:0:0:1", "[2001:db8::1:0:0:1]"],
      ["2001:0db8:0000:0000:0001:0000:0001:0000", "[2001:db8::1:0:1:0]"],
      ["1:0:2:3:4:5:6:7", "[1:0:2:3:4:5:6:7]"],
      ["::ffff:1.2.3.4", "1.2.3.4"],
      ["64:ff9b::1.2.3.4", "[64:ff9b::102:304]"],
    ] as const
  ) assertEquals(addressText(parseAddress(text) ?? -1n), shown, text);
  for (
    const text of [
      "",
      ":",
      ":::",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
      "1:2:3:4:5:6:7:8::",
      "::1::",
      "12345::",
      "1.2.3",
      "1.2.3.4.5",
      "01.2.3.4",
      "1.2.3.256",
      "1.2.3.4::",
      "::1.2.3",
      "g::",
      "::1.2.3.4:5",
      "-1.2.3.4",
      "1.2.3.4 ",
    ]
  ) assertEquals(parseAddress(text), null, text);
  // WHATWG's parser is the second opinion.
  for (const text of ["1::8", "::2:0:0:3", "a:b:c:d:e:f:0:1", "0:0:1::", "1:0:0:2::3"]) {
    assertEquals(addressText(parseAddress(text) ?? -1n), new URL(`http://[${text}]`).hostname, text);
  }
  assertEquals(specialNetwork(parseAddress("1.1.1.1") ?? 0n), null);
});
