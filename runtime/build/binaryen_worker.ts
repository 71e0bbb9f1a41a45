/** The worker that makes a finished module smaller. */
import { serveTool, type ToolCall, type ToolReply } from "./tool.ts";

// Imported at the first call: its graph waits at the top level, and a message that comes meanwhile would be lost.
const optimiser = () => import("binaryen");

serveTool(async (call: ToolCall): Promise<ToolReply> => {
  const { default: binaryen } = await optimiser();
  const { Features } = binaryen;
  const [input] = call.outputs;
  const bytes = input === undefined ? undefined : call.files[input];
  if (input === undefined || !(bytes instanceof Uint8Array)) throw new Error("no module to optimise");
  const module = binaryen.readBinary(bytes);
  try {
    // What clang uses and V8 takes. `All` would let it write what V8 refuses.
    module.setFeatures(
      Features.MutableGlobals | Features.SignExt | Features.NontrappingFPToInt | Features.BulkMemory |
        Features.BulkMemoryOpt | Features.Multivalue | Features.ReferenceTypes |
        Features.CallIndirectOverlong,
    );
    binaryen.setOptimizeLevel(2);
    binaryen.setShrinkLevel(2);
    module.optimize();
    return { code: 0, files: { [input]: module.emitBinary() }, text: "" };
  } finally {
    module.dispose();
  }
});
