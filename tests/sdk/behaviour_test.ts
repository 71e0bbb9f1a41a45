/** Every sample of every SDK whose toolchain is there behaves alike, and stays small. */
import { assert, assertRejects } from "@std/assert";
import { Builder } from "../../runtime/build/build.ts";
import { BuildError } from "../../runtime/build/errors.ts";
import { checkDenied, checkSample } from "./behaviour.ts";
import { buildSample, SAMPLES, SDK_LANGUAGES } from "./languages.ts";

const builder = new Builder();
Deno.test.afterAll(() => builder.close());

for (const sdk of SDK_LANGUAGES) {
  const missing = await sdk.missing();
  if (missing !== null) {
    // The name tells it where the output of tests is not shown.
    Deno.test(`${sdk.language}: not tested here, and a build of it fails with a reason: ${missing}`, async () => {
      await assertRejects(() => buildSample(builder, sdk, "hello"), BuildError);
    });
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
