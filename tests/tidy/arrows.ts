/** The import arrows that are allowed; `tidy_test.ts` fails on any other. First match wins. */

/** From which files, to which project folders (prefixes) and packages. */
export interface ArrowRule {
  readonly from: RegExp;
  readonly to: readonly RegExp[];
  readonly packages: readonly string[];
}

/** The table. `$1` in a pattern stands for the first group of `from`. */
export const ARROWS: readonly ArrowRule[] = [
  // Tests and task scripts may use anything.
  { from: /(_test|_bench|_task|_fuzz)\.ts$/, to: [/./], packages: ["*"] },
  { from: /^tests\//, to: [/./], packages: ["*"] },
  { from: /^examples\/.*\.ts$/, to: [/^examples\//, /^abi\/sdk\//], packages: [] },
  // capabilities: a sibling never imports a sibling; only grants use zod.
  {
    from: /^capabilities\/(\w+)\/grant\.ts$/,
    to: [/^capabilities\/$1\//, /^capabilities\/\w+\.ts$/],
    packages: ["zod"],
  },
  { from: /^capabilities\/(\w+)\//, to: [/^capabilities\/$1\//, /^capabilities\/\w+\.ts$/], packages: [] },
  { from: /^capabilities\/\w+\.ts$/, to: [/^capabilities\//], packages: ["zod"] },
  // abi: ABIs never import each other.
  {
    from: /^abi\/serverless\//,
    to: [/^abi\/serverless\//, /^abi\/\w+\.ts$/, /^capabilities\//],
    packages: ["@msgpack/msgpack"],
  },
  { from: /^abi\/(\w+)\//, to: [/^abi\/$1\//, /^abi\/\w+\.ts$/, /^capabilities\//], packages: [] },
  { from: /^abi\/\w+\.ts$/, to: [/^abi\//, /^capabilities\//], packages: [] },
  // runtime
  {
    from: /^runtime\/unit\/prepare\//,
    to: [/^runtime\/unit\/prepare\//, /^runtime\/(error|limits|prepared)\.ts$/],
    packages: [],
  },
  {
    from: /^runtime\/unit\//,
    to: [/^runtime\/unit\//, /^runtime\/\w+\.ts$/, /^abi\//, /^capabilities\//],
    packages: ["zod", "modern-tar"],
  },
  { from: /^runtime\/auth\//, to: [/^runtime\/auth\//, /^runtime\/\w+\.ts$/], packages: ["jose"] },
  {
    from: /^runtime\/store\//,
    to: [/^runtime\/(store|unit)\//, /^runtime\/\w+\.ts$/, /^capabilities\/\w+\.ts$/],
    packages: [],
  },
  { from: /^runtime\/dist\//, to: [/^runtime\/dist\//], packages: [] },
  {
    from: /^runtime\/discovery\//,
    to: [/^runtime\/discovery\//, /^runtime\/\w+\.ts$/],
    packages: ["multicast-dns"],
  },
  {
    from: /^runtime\/worker\//,
    to: [/^runtime\/worker\//, /^runtime\/\w+\.ts$/, /^abi\//, /^capabilities\//],
    packages: [],
  },
  {
    from: /^runtime\/server\//,
    to: [/^runtime\/server\//, /^runtime\/unit\//, /^runtime\/\w+\.ts$/, /^abi\//, /^capabilities\//],
    packages: ["hono", "zod"],
  },
  {
    from: /^runtime\/(cli|build)\//,
    to: [
      /^runtime\/$1\//,
      /^runtime\/(build|unit)\//,
      /^runtime\/\w+\.ts$/,
      /^mod\.ts$/,
      /^abi\//,
      /^capabilities\//,
    ],
    packages: ["*"],
  },
  {
    from: /^runtime\/\w+\.ts$/,
    to: [/^runtime\/(?!cli|build)/, /^abi\//, /^capabilities\//],
    packages: ["hono", "zod"],
  },
  { from: /^mod\.ts$/, to: [/^runtime\//, /^abi\/\w+\.ts$/, /^capabilities\/\w+\.ts$/], packages: [] },
  { from: /^cli\.ts$/, to: [/^runtime\/cli\//, /^mod\.ts$/], packages: [] },
];

/** Files that must stay reachable from the worker without any package but these. */
export const WORKER_PACKAGES: readonly string[] = ["@msgpack/msgpack"];
