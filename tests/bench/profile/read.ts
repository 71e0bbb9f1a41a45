/** Reads a CPU profile: how much time each function took by itself. */
import { type Layer, layerOf, place } from "./layers.ts";

/** A profile as V8 writes it; times in microseconds of one clock for all threads. */
export interface Profile {
  readonly startTime: number;
  readonly endTime: number;
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** What one function took. */
export interface SelfTime {
  /** Its name and place. */
  readonly name: string;
  readonly layer: Layer;
  us: number;
}

interface Frame {
  readonly name: string;
  readonly layer: Layer;
}

/** Each node's name and layer: a built-in function is the layer's that calls it, and named with it. */
function framesOf({ nodes }: Profile): Map<number, Frame> {
  const parents = new Map(nodes.flatMap(({ id, children }) => (children ?? []).map((child) => [child, id])));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const frames = new Map<number, Frame>();
  const frameOf = (id: number): Frame => {
    const known = frames.get(id);
    if (known) return known;
    const node = byId.get(id);
    const { functionName = "", url = "", lineNumber = 0 } = node?.callFrame ?? {};
    const own = layerOf(functionName, url);
    const parent = parents.get(id);
    const caller = own === null && parent !== undefined ? frameOf(parent) : null;
    const name = functionName === "" ? "(anonymous)" : functionName;
    const frame: Frame = caller
      ? { name: `${name} < ${caller.name}`, layer: caller.layer }
      : { name: url ? `${name} ${place(url)}:${lineNumber + 1}` : name, layer: own ?? "engine, kernel" };
    frames.set(id, frame);
    return frame;
  };
  for (const { id } of nodes) frameOf(id);
  return frames;
}

/** Self times between two moments of the profile's clock, the longest first. */
export function selfTimes(profile: Profile, fromUs: number, toUs: number): SelfTime[] {
  const frames = framesOf(profile);
  const times = new Map<string, SelfTime>();
  let nowUs = profile.startTime;
  profile.samples.forEach((id, index) => {
    const tookUs = profile.timeDeltas[index] ?? 0;
    nowUs += tookUs;
    const frame = frames.get(id);
    if (!frame || nowUs < fromUs || nowUs > toUs) return;
    const key = `${frame.layer} ${frame.name}`;
    const time = times.get(key);
    if (time) time.us += tookUs;
    else times.set(key, { ...frame, us: tookUs });
  });
  return [...times.values()].sort((a, b) => b.us - a.us);
}

/** Times by layer. What the thread did not compute is taken from where a sleeping thread is seen. */
export function byLayer(times: readonly SelfTime[], idleUs: number): Map<Layer, number> {
  const layers = new Map<Layer, number>();
  for (const { layer, us } of times) layers.set(layer, (layers.get(layer) ?? 0) + us);
  let restUs = idleUs;
  for (const layer of ["waiting", "engine, kernel"] as const) {
    const seenUs = layers.get(layer) ?? 0;
    layers.set(layer, Math.max(0, seenUs - restUs));
    restUs = Math.max(0, restUs - seenUs);
  }
  return layers;
}
