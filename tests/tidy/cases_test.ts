/** `tests/CASES.md` names tests that there are. */
import { assert, assertEquals } from "@std/assert";
import { join, normalize } from "@std/path";

const ROOT = normalize(join(import.meta.dirname ?? ".", "../.."));
/** As many as the design lists for each. */
const CASES_MIN_COUNT: Readonly<Record<string, number>> = { Server: 10, Tar: 16, Management: 12, Egress: 20 };

interface Case {
  readonly list: string;
  readonly file: string;
  readonly test: string;
}

function readCases(page: string): Case[] {
  let list = "";
  return page.split("\n").flatMap((line) => {
    if (line.startsWith("## ")) list = line.slice(3);
    const [, what = "", file = "", test = ""] = line.split("|").map((cell) => cell.trim());
    return what === "" || what === "case" || what.startsWith("-") ? [] : [{ list, file, test }];
  });
}

Deno.test("each case of the design names a test that there is", () => {
  const cases = readCases(Deno.readTextFileSync(join(ROOT, "tests/CASES.md")));
  const texts = new Map<string, string>();
  const missing = cases.filter(({ file, test }) => {
    // A task is a whole file, run by hand.
    if (test === "task") return !/_task\.ts$/.test(file) || !Deno.statSync(join(ROOT, file)).isFile;
    const text = texts.get(file) ?? Deno.readTextFileSync(join(ROOT, file));
    texts.set(file, text);
    return test.length < 6 || !/_test\.ts$/.test(file) || !text.includes(test);
  });
  assertEquals(missing, []);
  for (const [list, least] of Object.entries(CASES_MIN_COUNT)) {
    const count = cases.filter((each) => each.list === list).length;
    assert(count >= least, `${list} has ${count} cases, and the design ${least}`);
  }
});
