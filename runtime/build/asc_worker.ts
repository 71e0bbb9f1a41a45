/** The worker that holds the AssemblyScript compiler. */
import { type FileTree, serveTool, type ToolCall, type ToolReply } from "./tool.ts";

// Imported at the first call: its graph waits at the top level, and a message that comes meanwhile would be lost.
const compiler = () => import("assemblyscript/asc");

serveTool(async (call: ToolCall): Promise<ToolReply> => {
  const { default: asc } = await compiler();
  const written: Record<string, Uint8Array> = {};
  let text = "";
  // asc asks the stream, not an argument, whether it may use colours.
  const stream = {
    write: (piece: string) => (text += piece, true),
    isTTY: !call.argv.includes("--noColors"),
  };
  const result = await asc.main([...call.argv], {
    stdout: stream,
    stderr: stream,
    readFile: (path, folder) => readText(call.files, `${folder}/${path}`),
    writeFile(path, contents) {
      written[path] = typeof contents === "string" ? new TextEncoder().encode(contents) : contents.slice();
    },
    listFiles: (path, folder) =>
      Object.keys(folderAt(call.files, `${folder}/${path}`) ?? {}).filter((name) => name.endsWith(".ts")),
  });
  const failed = result.error !== null;
  // A broken compiler throws without a word of diagnostics; a refused program prints why.
  if (failed && text === "") text = String(result.error);
  const files = Object.fromEntries(Object.entries(written).filter(([path]) => call.outputs.includes(path)));
  return { code: failed ? 1 : 0, files, text };
});

function steps(path: string): string[] {
  const parts: string[] = [];
  for (const part of path.split(/[/\\]/)) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts;
}

function nodeAt(tree: FileTree, path: string): FileTree | Uint8Array | undefined {
  let node: FileTree | Uint8Array | undefined = tree;
  for (const part of steps(path)) {
    if (node === undefined || node instanceof Uint8Array) return undefined;
    node = Object.hasOwn(node, part) ? node[part] : undefined;
  }
  return node;
}

function folderAt(tree: FileTree, path: string): FileTree | undefined {
  const node = nodeAt(tree, path);
  return node instanceof Uint8Array ? undefined : node;
}

function readText(tree: FileTree, path: string): string | null {
  const node = nodeAt(tree, path);
  return node instanceof Uint8Array ? new TextDecoder().decode(node) : null;
}
