/** The worker that holds the compiler: a process that builds again and again keeps it, warm. */
import { runClang } from "./clang_run.ts";
import { serveTool } from "./tool.ts";

serveTool(runClang);
