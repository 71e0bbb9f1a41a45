/**
 * The compiler in a process of its own, for one build: V8's flags are a process's, and a compiler that runs for some
 * seconds is faster when V8 does not optimise it. Calls come on standard input, answers go to standard output.
 */
import { runClang } from "./clang_run.ts";
import { decodeMessage, encodeMessage, type Frames, framesOf } from "./process_tool.ts";
import type { ToolRequest } from "./tool.ts";

async function serve(frames: Frames): Promise<void> {
  for await (const frame of frames) {
    // What the other side of the pipe wrote, which is the same program.
    const answer = await runClang(decodeMessage(frame) as ToolRequest).then(
      (reply) => ({ ...reply, failure: "" }),
      (error) => ({ code: 1, files: {}, text: "", failure: String(error) }),
    );
    const writer = Deno.stdout.writable.getWriter();
    await writer.write(encodeMessage(answer));
    writer.releaseLock();
  }
}

await serve(framesOf(Deno.stdin.readable));
