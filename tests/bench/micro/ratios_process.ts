/** Measures one file of micro-benchmarks in a process of its own: `ratios_process.ts FILE`; prints JSON. */
import { pathToFileURL } from "node:url";
import { measureModule, type MicroModule } from "./ratios.ts";

const [file = ""] = Deno.args;
const module = await import(pathToFileURL(file).href) as MicroModule;
console.log(`\n${JSON.stringify({ results: await measureModule(module) })}`);
Deno.exit(0);
