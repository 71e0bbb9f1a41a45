/** What preparation adds to a module: names shared by the rewriter and the worker that runs the result. */

/** Raised when the rewriter's output changes, so that stored modules are made anew. */
export const PREPARATION_VERSION = 1;

/** The module name of everything that preparation imports. A guest that imports from it is refused. */
export const BERTH_IMPORT_MODULE = "berth:interrupt";

/** The import of the shared memory whose first i32 is the interrupt word: 0 go on, else ask. */
export const INTERRUPT_MEMORY_IMPORT = "word";

/** The imported function `() -> i32` called when the word is set: 0 go on, 1 stop (the module then traps). */
export const INTERRUPT_FUNCTION_IMPORT = "ask";

/** Reserved prefix of the exports that give the host an instance's state (mutable globals, tables, memories). */
export const STATE_EXPORT_PREFIX = "berth:state:";
