import { assertEquals, assertLess } from "@std/assert";
import type { LogLine } from "../capability.ts";
import { stdioCapability } from "./grant.ts";
import { openStdio } from "./open.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function open(limits = { logLineMaxBytes: 16, logMaxBytesPerSecond: 100_000 }) {
  const lines: LogLine[] = [];
  const time = { ms: 0 };
  const stdio = openStdio(true, { limits, log: (line) => lines.push(line) }, () => time.ms);
  return { stdio, lines, time };
}

Deno.test("stdio: only true grants it and it needs no Deno permission", () => {
  assertEquals(stdioCapability.schema.safeParse(true).success, true);
  assertEquals(stdioCapability.schema.safeParse({ level: "info" }).success, false);
  const place = { privateFolder: "/p", storageFile: "/s", assetsFolder: null };
  assertEquals(stdioCapability.plan(true, place), { read: [], write: [], net: [] });
  assertEquals(stdioCapability.describe(true).length, 1);
});

Deno.test("stdio: lines go out when complete, stdout as info and stderr as warn", () => {
  const { stdio, lines } = open();
  stdio.write("stdout", bytes("one\ntw"));
  stdio.write("stderr", bytes("bad\r\n"));
  stdio.write("stdout", bytes("o\n\nx"));
  assertEquals(lines.map((line) => [line.level, line.source, line.message]), [
    ["info", "stdout", "one"],
    ["warn", "stderr", "bad"],
    ["info", "stdout", "two"],
    ["info", "stdout", ""],
  ]);
  stdio.flush();
  assertEquals(lines.at(-1)?.message, "x");
  stdio.flush();
  assertEquals(lines.length, 5);
});

Deno.test("stdio: a line is cut at its bound and says how much is missing", () => {
  const { stdio, lines } = open();
  stdio.write("stdout", bytes("0123456789abcdef\n"));
  stdio.write("stdout", bytes("0123456789abcdef"));
  stdio.write("stdout", bytes("g".repeat(1000)));
  stdio.write("stdout", bytes("\n"));
  assertEquals(lines.map((line) => line.message), [
    "0123456789abcdef",
    "0123456789abcdef [cut: 1000 more bytes]",
  ]);
});

Deno.test("stdio: a flood is dropped, counted, and told once", () => {
  const { stdio, lines, time } = open({ logLineMaxBytes: 100, logMaxBytesPerSecond: 1000 });
  for (let i = 0; i < 10_000; i++) stdio.write("stdout", bytes("0123456789\n"));
  const admitted = lines.length;
  assertLess(admitted, 20);
  time.ms = 1000;
  stdio.write("stdout", bytes("after\n"));
  assertEquals(lines[admitted]?.source, "host");
  assertEquals(lines[admitted]?.message.includes(`dropped ${10_000 - admitted} lines`), true);
  assertEquals(lines[admitted + 1]?.message, "after");
});

Deno.test("stdio: sessions keep their unfinished lines apart and share the limit", () => {
  const { stdio, lines } = open({ logLineMaxBytes: 100, logMaxBytesPerSecond: 200 });
  const [a, b] = [stdio.session(), stdio.session()];
  a.write("stdout", bytes("from a "));
  b.write("stdout", bytes("from b\n"));
  a.write("stdout", bytes("still a\n"));
  a.write("stdout", bytes("third\n"));
  assertEquals(lines.map((line) => line.message), ["from b", "from a still a"]);
});

Deno.test("stdio: a service's input is at its end", () => {
  const { stdio } = open();
  assertEquals(stdio.read(10).length, 0);
  assertEquals(stdio.inputState().ended, true);
  assertEquals(stdio.isTerminal(1), false);
});
