/** Folders for guests: what each finds, and whether the world outside is as it was. */
import { join } from "@std/path";
import type { FilesGrant } from "../../capabilities/files/ask.ts";
import type { Headers } from "../guests/wasi/headers.ts";

/** What stands in the file that no guest may read. */
export const SECRET = "TOP-SECRET-CANARY";

/** A guest's own corner of the disk. */
export class GuestPlace {
  readonly work: string;
  readonly #outside: string;

  constructor(base: string, headers: Headers) {
    this.work = join(base, "work");
    this.#outside = join(base, "outside");
    Deno.mkdirSync(this.work, { recursive: true });
    Deno.mkdirSync(join(this.#outside, "d"), { recursive: true });
    Deno.writeTextFileSync(join(this.#outside, "secret"), SECRET);
    for (const { kind, path, text } of headers.files) this.#make(kind, join(base, path), text);
  }

  #make(kind: string, path: string, text: string): void {
    if (kind === "dir") Deno.mkdirSync(path, { recursive: true });
    else if (kind === "file") Deno.writeTextFileSync(path, text);
    else if (kind === "link") Deno.symlinkSync(text.replace("$OUTSIDE", this.#outside), path);
    else new Deno.Command("mkfifo", { args: [path] }).outputSync();
  }

  /** The grant for the guest's mounts. */
  grant(headers: Headers, native: boolean): FilesGrant {
    return { ...this.#grant(headers), native };
  }

  #grant(headers: Headers): FilesGrant {
    if (headers.without.includes("files")) return { mounts: [] };
    if (headers.backend === "scratch") return { mounts: [], scratch: { guest: "/work", perRequest: true } };
    if (headers.backend === "private") return { mounts: [], private: "/work" };
    const first = { guest: "/work", host: this.work, access: headers.access };
    if (headers.also === undefined) return { mounts: [first] };
    return { mounts: [first, { guest: "/also", host: this.work, access: headers.also }] };
  }

  /** What is different outside from how it was; empty when nothing is. */
  harm(): string {
    const names = listing(this.#outside).join(" ");
    if (names !== "d secret") return `outside there are now: ${names}`;
    const text = Deno.readTextFileSync(join(this.#outside, "secret"));
    if (text !== SECRET) return `the secret is now ${JSON.stringify(text)}`;
    const { nlink, mtime } = Deno.statSync(join(this.#outside, "secret"));
    if (nlink !== 1) return "the secret has another name now";
    return (mtime?.getTime() ?? 0) < 1_000_000_000_000 ? "the secret's times were set" : "";
  }
}

/** All paths below a folder. */
function listing(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? [name, ...listing(join(folder, name)).map((inner) => join(name, inner))] : [name]
  ).sort();
}
