/** To which layer of Berth a function belongs. */

/** The layers, in the order in which a request passes them. */
export const LAYERS = [
  "Deno",
  "front",
  "routing",
  "exchange",
  "worker loop",
  "host objects",
  "guest",
  "restore",
  "waiting",
  "collection",
  "engine, kernel",
] as const;

/** A layer. */
export type Layer = (typeof LAYERS)[number];

/** By path below the project's folder, or the beginning of a URL; the first that fits. */
const PLACES: readonly (readonly [RegExp, Layer])[] = [
  [/^(ext|node):/, "Deno"],
  [/^wasm:/, "guest"],
  [/^(runtime\/server\/|tests\/|mod\.ts)/, "front"],
  [/^runtime\/worker\/(state|memory_snapshot|zero_scan|keeping|garbage)\.ts/, "restore"],
  [/^runtime\/worker\/(runtime|exchange|guest|interrupt|entry)\.ts/, "worker loop"],
  [/^runtime\/worker\//, "exchange"],
  [/^runtime\//, "routing"],
  [/^(abi|capabilities)\//, "host objects"],
];

const WAITING = /^runtime\/worker\/\w+\.ts (wait|waitForRoom)$/;

const ROOT = new URL("../../../", import.meta.url).href;

/** A function's place, for people: the path below the project's folder. */
export function place(url: string): string {
  return url.startsWith(ROOT) ? url.slice(ROOT.length) : url;
}

/** The layer of a function; `null` for the engine's built-in ones, which belong to who calls them. */
export function layerOf(name: string, url: string): Layer | null {
  if (name === "(garbage collector)") return "collection";
  // A thread that sleeps is in one of these; so is one in the kernel, or in the engine's or Deno's native code.
  if (name === "(program)" || name === "(idle)") return "engine, kernel";
  if (url === "") return null;
  // Most of it is no computing: `byLayer` takes that away, and what is left is looking before sleep, and waking.
  if (WAITING.test(`${place(url)} ${name}`)) return "waiting";
  return PLACES.find(([pattern]) => pattern.test(place(url)))?.[1] ?? "front";
}
