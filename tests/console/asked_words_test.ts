import { assertEquals } from "@std/assert";
import { askedWords } from "../../runtime/server/console/assets/asked_words.js";

Deno.test("what a manifest asks for is told in words, whatever form it has; what has none as it stands", () => {
  const told: readonly (readonly [string, unknown, string])[] = [
    ["clock", true, "reads the time of day; measures time spans"],
    ["clock", { wall: true }, "reads the time of day"],
    ["http", { allow: ["https://a.example", "self"] }, "calls https://a.example, self"],
    ["files", { mounts: [{ guest: "/logs", access: "read" }] }, "reads the folder that you choose as /logs"],
    ["files", { private: "/data" }, "keeps files of its own at /data"],
    ["env", ["A", "B"], "reads A, B of its configuration"],
    ["env", { secrets: ["TOKEN"] }, "reads the secrets TOKEN"],
    ["storage", true, "keeps keys and values in its own database on this device"],
    ["constructor", { x: 1 }, '{"x":1}'],
    ["files", 7, "7"],
  ];
  for (const [name, value, words] of told) assertEquals(askedWords(name, value), words);
});
