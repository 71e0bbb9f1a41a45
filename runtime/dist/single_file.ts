/** Berth as one program for Linux: Deno's own, with the bundle behind it and the arguments that run it built in. */
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
  "--v8-flags=--no-short-builtin-calls", // see RATIONALE.md
] as const;

/**
 * Makes the program.
 * @param deno the program of Deno for the target
 * @param bundle what `makeBundle` gave
 */
export function makeSingleFile(deno: Uint8Array, bundle: string): Uint8Array<ArrayBuffer> {
  const payload = new TextEncoder().encode(bundle);
  const script = bootScript(payloadOffset(deno.length), payload.length);
  const args = [...ARGS, `data:application/javascript,${encodeURIComponent(script)}`];
  return buildIn(deno, args, payload);
}

/** Reads the bundle out of the program's own file. A file may be read in pieces, so until all of it is there. */
function bootScript(offset: number, bytes: number): string {
  return [
    `const f=Deno.openSync(Deno.execPath());`,
    `f.seekSync(${offset},0);`,
    `const b=new Uint8Array(${bytes});`,
    `for(let n=0;n<b.length;){const r=f.readSync(b.subarray(n));`,
    `if(!r)throw new Error("this file of Berth is cut off; get it again");n+=r}`,
    `f.close();`,
    `const u=URL.createObjectURL(new Blob([b],{type:"application/javascript"}));`,
    `await import(u);`,
  ].join("");
}
