/** Guests in C++ and AssemblyScript: one module for each language, one program of it for each behaviour. */
import { Builder } from "../../../runtime/build/build.ts";
import { prepareModule } from "../../../runtime/unit/prepare/mod.ts";

/** What must become of a program. */
export interface LanguageProgram {
  readonly name: string;
  /** The exit code; `null` for a trap. */
  readonly exit: number | null;
}

/** A language's module and its programs. */
export interface LanguageGuest {
  readonly language: "cpp" | "assemblyscript";
  /** Prepared, with little memory. */
  readonly wasm: Uint8Array<ArrayBuffer>;
  readonly programs: readonly LanguageProgram[];
}

const MEMORY_MAX_BYTES = 32 << 20;

const SOURCES = [
  { language: "cpp", file: "cpp/main.cpp", place: "src/main.cpp", program: /^PROGRAM\((.*)/gm },
  {
    language: "assemblyscript",
    file: "assemblyscript/assembly/index.ts",
    place: "assembly/index.ts",
    program: /^program\((.*)/gm,
  },
] as const;

/** Reads a program's first line; one without an expectation is an error, so nothing of the language is built. */
export function readProgram(line: string): LanguageProgram {
  const [, name, expectation] = /^"?(\w+)"?, "([^"]*)"/.exec(line) ?? [];
  const exit = /^exit (\d+)$/.exec(expectation ?? "")?.[1];
  if (name === undefined || (exit === undefined && expectation !== "trap")) {
    throw new Error(`a program expects nothing: ${line}; say "exit N" or "trap"`);
  }
  return { name, exit: exit === undefined ? null : Number(exit) };
}

/** Builds every language's module with the project's own compilers; what was built before comes from their cache. */
export async function languageGuests(): Promise<LanguageGuest[]> {
  using builder = new Builder();
  const guests: LanguageGuest[] = [];
  for (const { language, file, place, program } of SOURCES) {
    const source = await Deno.readTextFile(new URL(file, import.meta.url));
    const programs = [...source.matchAll(program)].map(([, line = ""]) => readProgram(line));
    const folder = await Deno.makeTempDir({ prefix: "berth-guest-" });
    try {
      await Deno.mkdir(`${folder}/${place.split("/")[0]}`);
      await Deno.writeTextFile(`${folder}/${place}`, source);
      const { modulePath } = await builder.build(folder, { language });
      const limits = { memoryMaxBytes: MEMORY_MAX_BYTES, tableEntriesMaxCount: 10_000 };
      guests.push({
        language,
        wasm: prepareModule(await Deno.readFile(modulePath), limits).bytes,
        programs,
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
  return guests;
}
