/** Another program on the host: swaps a folder for a link that leads out, and back, as fast as it can. */
/// <reference lib="deno.worker" />
const stop = new Int32Array(1);

self.onmessage = ({ data }: MessageEvent<{ folder: string; flag: SharedArrayBuffer }>) => {
  const flag = new Int32Array(data.flag);
  const path = (name: string) => `${data.folder}/${name}`;
  self.postMessage("ready");
  while (Atomics.load(flag, 0) === stop[0]) {
    Deno.renameSync(path("d"), path("away"));
    Deno.renameSync(path("planted"), path("d"));
    Deno.renameSync(path("d"), path("planted"));
    Deno.renameSync(path("away"), path("d"));
  }
  self.postMessage("done");
};
