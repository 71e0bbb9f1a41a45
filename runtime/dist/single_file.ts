/** Berth as one program for Linux: Deno's own, with the bundle behind it and the arguments that run it built in. */
import type { Bundle } from "./bundle.ts";
import { buildIn, payloadOffset } from "./elf.ts";

/** Nothing from anywhere else: no configuration, no packages, no look for a newer version. */
const ARGS = [
  "run",
  "-A",
  "--quiet",
  "--no-prompt",
  "--no-config",
  "--no-lock",
  "--no-npm",
  "--no-remote",
  "--unstable-worker-options",
  "--unstable-no-legacy-abort",
  "--v8-flags=--no-short-builtin-calls,--no-memory-pool-share-memory-on-teardown", // see RATIONALE.md
] as const;

/**
 * Makes the program.
 * @param deno the program of Deno for the target
 * @param bundle what `makeBundle` gave
 */
export function makeSingleFile(deno: Uint8Array, { boot, parts }: Bundle): Uint8Array<ArrayBuffer> {
  const places: Record<string, readonly [at: number, bytes: number]> = {};
  const bootBytes = new TextEncoder().encode(boot);
  let end = bootBytes.length;
  for (const [name, bytes] of Object.entries(parts)) {
    places[name] = [end, bytes.length];
    end += bytes.length;
  }
  const payload = new Uint8Array(end);
  payload.set(bootBytes);
  for (const [name, bytes] of Object.entries(parts)) payload.set(bytes, places[name]?.[0] ?? 0);
  const script = bootScript(payloadOffset(deno.length), { ...places, boot: [0, bootBytes.length] });
  return buildIn(deno, [...ARGS, `data:application/javascript,${encodeURIComponent(script)}`], payload);
}

/**
 * Reads the parts out of the program's own file, each when it is wanted. The file stays open: when a newer one takes its
 * place under its name, this process still reads what it was started from. A file may be read in pieces, so until all
 * of a part is there.
 */
function bootScript(offset: number, places: Readonly<Record<string, readonly [number, number]>>): string {
  return [
    `const f=Deno.openSync(Deno.execPath()),p=${JSON.stringify(places)};`,
    `globalThis.__berthPart=(name)=>{`,
    `const b=new Uint8Array(p[name][1]);`,
    `f.seekSync(${offset}+p[name][0],0);`,
    `for(let n=0;n<b.length;){const r=f.readSync(b.subarray(n));`,
    `if(!r)throw new Error("this file of Berth is cut off; get it again");n+=r}`,
    `return b};`,
    `await import(URL.createObjectURL(new Blob([__berthPart("boot")],{type:"application/javascript"})));`,
  ].join("");
}
