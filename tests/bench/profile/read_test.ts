import { assertEquals } from "@std/assert";
import { layerOf } from "./layers.ts";
import { byLayer, type Profile, selfTimes } from "./read.ts";

const url = (path: string) => new URL(`../../../${path}`, import.meta.url).href;
const frame = (functionName: string, path = "") => ({
  functionName,
  url: path === "" || path.includes(":") ? path : url(path),
  lineNumber: 9,
});

const PROFILE: Profile = {
  startTime: 1_000,
  endTime: 1_700,
  nodes: [
    { id: 1, callFrame: frame("(root)"), children: [2, 4, 5] },
    { id: 2, callFrame: frame("next", "runtime/worker/ring.ts"), children: [3] },
    { id: 3, callFrame: frame("load") },
    { id: 4, callFrame: frame("(program)") },
    { id: 5, callFrame: frame("wasm-function[3]", "wasm://wasm/1") },
    { id: 6, callFrame: frame("wait", "runtime/worker/ring.ts") },
  ],
  samples: [2, 2, 3, 6, 4, 5, 2],
  timeDeltas: [100, 100, 100, 100, 100, 100, 100],
};

Deno.test("self times are those between two moments, and a built-in function is its caller's", () => {
  const times = selfTimes(PROFILE, 1_150, 1_650);
  assertEquals(times, [
    { name: "next runtime/worker/ring.ts:10", layer: "exchange", us: 100 },
    { name: "load < next runtime/worker/ring.ts:10", layer: "exchange", us: 100 },
    { name: "wait runtime/worker/ring.ts:10", layer: "waiting", us: 100 },
    { name: "(program)", layer: "engine, kernel", us: 100 },
    { name: "wasm-function[3] wasm://wasm/1:10", layer: "guest", us: 100 },
  ]);
  const layers = byLayer(times, 150);
  assertEquals([layers.get("exchange"), layers.get("guest")], [200, 100]);
  assertEquals([layers.get("waiting"), layers.get("engine, kernel")], [0, 50]);
});

Deno.test("each part of the runtime has its layer", () => {
  const layers = [
    "runtime/registry.ts",
    "runtime/server/front.ts",
    "runtime/worker/state.ts",
    "abi/memory.ts",
  ]
    .map((path) => layerOf("f", url(path)));
  assertEquals(layers, ["routing", "front", "restore", "host objects"]);
  const waits = layerOf("wait", url("runtime/worker/ring.ts"));
  assertEquals([layerOf("respond", "ext:deno_http/00_serve.ts"), waits], ["Deno", "waiting"]);
});
