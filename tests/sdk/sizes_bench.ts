/**
 * Sizes of hello in release mode and CPU time of a request in the guest, for each SDK whose toolchain is there:
 * `deno run -A tests/sdk/sizes_bench.ts`. The time is the host's and the guest's without server, ring and restore.
 */
import process from "node:process";
import { Builder } from "../../runtime/build/build.ts";
import { FakeExchange, startGuest } from "./harness.ts";
import { SERVERLESS_CONVENTION } from "../../abi/serverless/mod.ts";
import { buildSample, SDK_LANGUAGES } from "./languages.ts";

const REQUESTS = 20_000;
const ROUNDS = 8;

const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** The best of some rounds, in µs of CPU a request. */
async function timeHello(wasm: Uint8Array): Promise<number> {
  const { guest, instance } = await startGuest(wasm);
  const headers = { host: "localhost:8083", "user-agent": "bench", accept: "*/*" };
  const { head, body, signal, id } = new FakeExchange("/test/guest/v1/", { headers });
  const exchange = {
    ...{ id, head, body, signal, bodyEnded: true, answered: false },
    read: () => Promise.resolve(null),
    respond() {},
    start() {},
    write: () => true,
    end() {},
  };
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const start = cpuMs();
    for (let request = 0; request < REQUESTS; request++) {
      await SERVERLESS_CONVENTION.handle(guest, exchange);
      instance.restore();
    }
    best = Math.min(best, (cpuMs() - start) / REQUESTS * 1000);
  }
  return best;
}

using builder = new Builder();
console.log("| language | hello, bytes | µs CPU a request |\n|---|---|---|");
for (const sdk of SDK_LANGUAGES) {
  const missing = await sdk.missing();
  if (missing !== null) {
    console.log(`| ${sdk.language} | ${missing} | |`);
    continue;
  }
  const wasm = await buildSample(builder, sdk, "hello");
  console.log(`| ${sdk.language} | ${wasm.length} | ${(await timeHello(wasm)).toFixed(1)} |`);
}
