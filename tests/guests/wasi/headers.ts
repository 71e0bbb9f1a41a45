/**
 * What a guest finds, and what becomes of it: its `#!` lines.
 *
 *     #! ro                     the mount /work is read-only
 *     #! file work/a.txt text   a file; #! dir work/d, #! link work/l target, #! fifo work/f
 *     #! also ro|rw             the same host folder once more, as /also
 *     #! scratch                /work is a folder in memory (file, dir and link do not apply)
 *     #! private                /work is the service's own folder, with quotas of 1,000 bytes and 20 entries
 *     #! without clock          a capability that is not granted; #! args a b, #! env K=V
 *     #! exit 3                 how it ends, instead of 0; #! trap
 *     #! out text               what it writes to stdout, as one line
 *     #! deno alone leaks       with the door switched off it gets out, although the worker has no permission there
 *
 * Beside `work` there is always a folder `outside` with the file `secret`, which no guest may read, change or add to.
 */

/** The headers of a guest. */
export interface Headers {
  readonly access: "read" | "read-write";
  readonly also: "read" | "read-write" | undefined;
  readonly backend: "host" | "scratch" | "private";
  readonly without: readonly string[];
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly files: readonly { readonly kind: string; readonly path: string; readonly text: string }[];
  readonly exit: number;
  readonly trap: boolean;
  readonly out: string | undefined;
  readonly denoAloneLeaks: boolean;
}

/** Reads the headers; an unknown one is an error. */
export function readHeaders(source: string, name: string): Headers {
  const lines = source.split("\n").filter((line) => line.startsWith("#!")).map((line) =>
    line.slice(2).trim()
  );
  const all = lines.map((line) => {
    const [key = "", ...words] = line.split(" ");
    return { key, words, rest: words.join(" ") };
  });
  const known = "ro also scratch private file dir link fifo without args env exit trap out deno".split(" ");
  const unknown = all.find(({ key }) => !known.includes(key));
  if (unknown) throw new Error(`${name}: unknown header ${unknown.key}`);
  const one = (key: string) => all.find((header) => header.key === key);
  const also = one("also")?.rest;
  return {
    access: one("ro") ? "read" : "read-write",
    also: also === undefined ? undefined : also === "ro" ? "read" : "read-write",
    backend: one("scratch") ? "scratch" : one("private") ? "private" : "host",
    without: all.filter(({ key }) => key === "without").flatMap(({ words }) => words),
    args: one("args")?.words ?? [],
    env: Object.fromEntries(
      all.filter(({ key }) => key === "env").map(({ rest }) => rest.split("=") as [string, string]),
    ),
    files: all.filter(({ key }) => ["file", "dir", "link", "fifo"].includes(key)).map(({ key, words }) => ({
      kind: key,
      path: words[0] ?? "",
      text: words.slice(1).join(" "),
    })),
    exit: Number(one("exit")?.rest ?? 0),
    trap: one("trap") !== undefined,
    out: one("out")?.rest,
    denoAloneLeaks: one("deno")?.rest === "alone leaks",
  };
}
