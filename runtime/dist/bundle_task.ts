/** `deno task bundle [FILE]`: Berth as one JavaScript file that a plain Deno runs; `dist/berth.js` by default. */
import { dirname } from "@std/path";
import { makeBundle } from "./bundle.ts";

const file = Deno.args[0] ?? "dist/berth.js";
const { file: text } = await makeBundle();
await Deno.mkdir(dirname(file), { recursive: true });
await Deno.writeTextFile(file, text);
await Deno.chmod(file, 0o755).catch(() => {}); // Windows has no such bit
console.log(
  `${file}: ${
    (text.length / 1e6).toFixed(2)
  } MB; start it with: deno run -A --unstable-worker-options ${file}`,
);
