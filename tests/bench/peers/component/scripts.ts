/**
 * Scripts for Node that run in the cache folder, where the tools of the component model were fetched from npm. As texts:
 * their imports are found there and nowhere else.
 */

/**
 * Puts the interface around a core module: `build.mjs CORE WIT COMPONENT`; with a fourth argument, a folder, also makes
 * JavaScript of the component there.
 */
export const BUILD_SCRIPT = `import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { transpile } from "@bytecodealliance/jco-transpile";
import { componentEmbed, componentNew } from "@bytecodealliance/jco-transpile/wasm-tools";

const [core, wit, component, folder] = process.argv.slice(2);
const embedded = await componentEmbed({ binary: readFileSync(core), witSource: readFileSync(wit, "utf8") });
writeFileSync(component, await componentNew(embedded, []));
if (folder) {
  const { files } = await transpile(component, { name: "guest" });
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(dirname(\`\${folder}/\${name}\`), { recursive: true });
    writeFileSync(\`\${folder}/\${name}\`, bytes);
  }
}
`;

/** What `jco serve` does: the server of jco's WASI shim before a component that was made JavaScript: `GUEST PORT`. */
export const JCO_SERVER_SCRIPT = `import { HTTPServer } from "@bytecodealliance/preview2-shim/http";

const [guest, port] = process.argv.slice(2);
const { incomingHandler } = await import(guest);
new HTTPServer(incomingHandler).listen(Number(port), "127.0.0.1");
console.log(JSON.stringify({ origin: \`http://127.0.0.1:\${port}\` }));
`;
