/** The generated files, by path from the project's top. */
import { assemblyscriptRaw } from "./assemblyscript.ts";
import { cRaw } from "./c.ts";
import { cppRaw } from "./cpp.ts";
import { goRaw } from "./go.ts";
import { rustRaw } from "./rust.ts";
import { zigRaw } from "./zig.ts";
import { specPage } from "./spec.ts";

const SPEC = "abi/serverless/SPEC.md";

/** Path and text of each. @param root the project's folder, where SPEC.md's hand-written parts are read */
export function generatedFiles(root: URL): Map<string, string> {
  return new Map([
    [SPEC, specPage(Deno.readTextFileSync(new URL(SPEC, root)))],
    ["abi/sdk/cpp/include/berth/raw.hpp", cppRaw()],
    ["abi/sdk/assemblyscript/berth/raw.ts", assemblyscriptRaw()],
    ["abi/sdk/rust/src/raw.rs", rustRaw()],
    ["abi/sdk/go/raw/raw.go", goRaw()],
    ["abi/sdk/c/include/berth/raw.h", cRaw()],
    ["abi/sdk/zig/raw.zig", zigRaw()],
  ]);
}
