/** The generated files, by path from the project's top. */
import { assemblyscriptRaw } from "./assemblyscript.ts";
import { cppRaw } from "./cpp.ts";

/** Path and text of each. @param root the project's folder, where SPEC.md's hand-written parts are read */
export function generatedFiles(_root: URL): Map<string, string> {
  return new Map([
    ["abi/sdk/cpp/include/berth/raw.hpp", cppRaw()],
    ["abi/sdk/assemblyscript/berth/raw.ts", assemblyscriptRaw()],
  ]);
}
