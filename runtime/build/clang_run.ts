/** Clang and the linker: LLVM as wasm, from npm, with headers and libraries inside. In a worker or a process of its own. */
import { commands, Exit, runLLVM } from "@yowasp/clang";
import type { FileTree, ToolReply, ToolRequest } from "./tool.ts";

// The compiler's own 100 MB are read before the first use; without a listener that is announced on the console.
const ready = Promise.resolve(runLLVM(undefined, {}, { fetchProgress() {} }));

/** Runs the compiler once. */
export async function runClang(call: ToolRequest): Promise<ToolReply> {
  const text = collector();
  const stdout = collector();
  const options = {
    decodeASCII: false, // files come back as bytes, text files too
    stdout: call.stdoutAs === undefined ? text.take : stdout.take,
    stderr: text.take,
  };
  await ready;
  let code = 0;
  let tree: FileTree = {};
  try {
    const [program, ...args] = call.argv;
    const run = program === "clang" ? commands.clang : commands["clang++"];
    tree = await run(args, call.files, options) as FileTree; // bytes throughout: see decodeASCII
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
    code = error.code;
  }
  const files: Record<string, Uint8Array> = {};
  for (const name of call.outputs) {
    const file = tree[name];
    if (file instanceof Uint8Array) files[name] = file;
  }
  if (call.stdoutAs !== undefined && code === 0) files[call.stdoutAs] = stdout.bytes();
  return { code, files, text: new TextDecoder().decode(text.bytes()) };
}

/** Output comes in small pieces whose memory is used again. */
function collector() {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  return {
    take(piece: Uint8Array | null) {
      if (piece !== null) pieces.push(new Uint8Array(piece));
    },
    bytes(): Uint8Array {
      const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
      let at = 0;
      for (const piece of pieces) {
        whole.set(piece, at);
        at += piece.length;
      }
      return whole;
    },
  };
}
