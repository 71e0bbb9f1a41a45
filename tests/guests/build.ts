/** Builds a guest of `tests/guests` with the project's own compilers. */
import { Builder } from "../../runtime/build/build.ts";

/** Compiles one C++ source (against `berth/berth.hpp` or mimik's headers) to a module. */
export async function buildCpp(source: URL): Promise<Uint8Array> {
  const folder = await Deno.makeTempDir({ prefix: "berth-guest-" });
  using builder = new Builder();
  try {
    await Deno.mkdir(`${folder}/src`);
    await Deno.copyFile(source, `${folder}/src/main.cpp`);
    const { modulePath } = await builder.build(folder, { language: "cpp", release: true });
    return await Deno.readFile(modulePath);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
