/** Every sample of every SDK whose toolchain is there behaves alike, and stays small. */
import { assert } from "@std/assert";
import { Builder } from "../../runtime/build/build.ts";
import { checkDenied, checkSample } from "./behaviour.ts";
import { buildSample, SAMPLES, SDK_LANGUAGES } from "./languages.ts";

using builder = new Builder();

for (const sdk of SDK_LANGUAGES) {
  const missing = await sdk.missing();
  if (missing !== null) {
    console.log(`SDK ${sdk.language}: not tested here: ${missing}`);
    continue;
  }
  for (const sample of SAMPLES) {
    Deno.test(`${sdk.language}: ${sample} behaves as in every language`, async () => {
      const wasm = await buildSample(builder, sdk, sample);
      await checkSample(sample, wasm);
      await checkDenied(sample, wasm);
      if (sample === "hello" && sdk.helloMaxBytes !== null) {
        assert(wasm.length <= sdk.helloMaxBytes, `hello takes ${wasm.length} of ${sdk.helloMaxBytes} bytes`);
      }
    });
  }
}
