/**
 * The call graph, and where its cycles are cut.
 *
 * Nodes are the functions, one node for each function type (an indirect call reaches every function of that type
 * whose address is taken), and one for the host (an import may call back any export, and what it gets through tables
 * and references). A depth-first search finds the edges that lead back into the path it is on; every cycle has one.
 * Such an edge to a function gives that function a check at its entry; one to a type or to the host asks for a check
 * at the call.
 */
import { Event, EVENT_SIZE } from "./events.ts";
import type { WasmModule } from "./module.ts";
import type { ScannedCode } from "./scan.ts";

/** The call graph with its cycles cut. */
export interface CallGraph {
  /** The node of functions called through a type; by type index. */
  typeNode(type: number): number;
  /** The node that stands for the host. */
  readonly hostNode: number;
  readonly nodeCount: number;
  /** The functions that a type's node reaches. */
  targets(node: number): readonly number[];
  /** By function index: whether its entry must be checked. */
  readonly entryChecked: Uint8Array;
  /** Whether a function's calls to a type or the host must be checked where they stand. */
  siteChecked(fn: number, node: number): boolean;
  /** By node: the number of its strongly connected component; equal ones can call each other in circles. */
  readonly component: Int32Array;
  /** Nodes in the order in which they may be placed: callees first, but for edges that were cut. */
  readonly order: Int32Array;
}

const WHITE = 0;
const GREY = 1;
const BLACK = 2;

/** Builds the graph and cuts its cycles. */
export function cutCalls(module: WasmModule, code: ScannedCode): CallGraph {
  const types = typeNodes(module);
  const search = new Search(module, code, types);
  for (const { kind, index } of module.exports) if (kind === "function") search.run(index);
  if (module.start !== null) search.run(module.start);
  for (let index = module.importedFunctions; index < module.functions.length; index++) search.run(index);
  return search;
}

/** Type index to node number (from 0). Types that look alike are one type. */
function typeNodes(module: WasmModule): { readonly of: Int32Array; readonly count: number } {
  const of = new Int32Array(module.types.functions.length);
  const byText = new Map<string, number>();
  module.types.functions.forEach((type, index) => {
    // With subtypes, or references to types (which may be equal under other numbers), all types become one node.
    const text = type === null ? "" : `${type.params}:${type.results}`;
    const key = module.types.subtypes || /\d\)/.test(text) ? "any" : text;
    of[index] = byText.get(key) ?? byText.size;
    byText.set(key, of[index]);
  });
  if (byText.has("any")) return { of: of.fill(0), count: 1 };
  return { of, count: byText.size };
}

class Search implements CallGraph {
  readonly entryChecked: Uint8Array;
  readonly hostNode: number;
  readonly nodeCount: number;
  readonly #order: Int32Array;
  readonly component: Int32Array;
  #ordered = 0;
  // Tarjan's algorithm: numbers in order of discovery, the least reached, and the nodes of open components.
  readonly #number: Int32Array;
  readonly #least: Int32Array;
  readonly #open: number[] = [];
  #numbered = 0;
  #components = 0;
  readonly #sites = new Set<number>();
  readonly #color: Uint8Array;
  readonly #targets: number[][];
  readonly #exported: readonly number[];
  /** What the host can call: exports, and what it gets hold of through a table or a reference. */
  readonly #callable: readonly number[];

  constructor(
    private readonly module: WasmModule,
    private readonly code: ScannedCode,
    private readonly types: { readonly of: Int32Array; readonly count: number },
  ) {
    const functions = module.functions.length;
    this.hostNode = functions + types.count;
    this.nodeCount = this.hostNode + 1;
    this.#order = new Int32Array(this.nodeCount);
    this.component = new Int32Array(this.nodeCount).fill(-1);
    this.#number = new Int32Array(this.nodeCount);
    this.#least = new Int32Array(this.nodeCount);
    this.entryChecked = new Uint8Array(functions);
    this.#color = new Uint8Array(this.nodeCount);
    this.#exported = module.exports.filter(({ kind }) => kind === "function").map(({ index }) => index);
    this.#targets = Array.from({ length: types.count }, () => []);
    const open = this.#referencesCross();
    const taken = new Set([...module.referenced, ...code.referenced, ...(open ? this.#exported : [])]);
    for (const fn of taken) this.#targets[types.of[module.functions[fn] ?? 0] ?? 0]?.push(fn);
    const callable = open ? new Set([...this.#exported, ...taken]) : this.#exported;
    this.#callable = [...callable].filter((fn) => fn >= module.importedFunctions);
  }

  /** Whether references to functions cross the border: then the host may call, or hand in, whatever it gets. */
  #referencesCross(): boolean {
    const { imports, exports, functions, importedFunctions, types } = this.module;
    // Once for each type: a hostile module may export one long type a million times.
    const withReferences = types.functions.map((type) =>
      type !== null && [...type.params, ...type.results].some((name) => /func|\(ref/.test(name))
    );
    const takesReferences = (fn: number) => withReferences[functions[fn] ?? 0] === true;
    return imports.some(({ kind }) => kind === "table" || kind === "global" || kind === "tag") ||
      exports.some(({ kind }) => kind === "table" || kind === "global" || kind === "tag") ||
      this.#exported.some(takesReferences) ||
      Array.from({ length: importedFunctions }, (_, index) => index).some(takesReferences);
  }

  get order(): Int32Array {
    return this.#order.subarray(0, this.#ordered);
  }

  typeNode(type: number): number {
    return this.module.functions.length + (this.types.of[type] ?? 0);
  }

  targets(node: number): readonly number[] {
    if (node === this.hostNode) return this.#callable;
    return this.#targets[node - this.module.functions.length] ?? [];
  }

  siteChecked(fn: number, node: number): boolean {
    return this.#sites.has(fn * this.nodeCount + node);
  }

  /** Searches from a node; an explicit stack, since a hostile module can be as deep as it has functions. */
  run(root: number): void {
    if (this.#node(root) !== root || this.#color[root] !== WHITE) return;
    const path = [root];
    const cursors = [this.#discover(root)];
    while (path.length > 0) {
      const node = path[path.length - 1] ?? 0;
      const next = this.#next(node, cursors);
      if (next < 0) {
        path.pop();
        cursors.pop();
        this.#leave(node, path[path.length - 1]);
      } else if (this.#color[next] === WHITE) {
        path.push(next);
        cursors.push(this.#discover(next));
      } else {
        if (this.#color[next] === GREY) this.#cut(node, next);
        if (this.component[next] === -1) this.#reach(node, this.#number[next] ?? 0);
      }
    }
  }

  /** Begins a node; gives the cursor of its first edge. */
  #discover(node: number): number {
    this.#color[node] = GREY;
    this.#number[node] = this.#least[node] = this.#numbered++;
    this.#open.push(node);
    return this.#first(node);
  }

  #leave(node: number, parent: number | undefined): void {
    this.#color[node] = BLACK;
    this.#order[this.#ordered++] = node;
    if (this.#least[node] === this.#number[node]) {
      for (let member = -1; member !== node;) {
        member = this.#open.pop() ?? node;
        this.component[member] = this.#components;
      }
      this.#components++;
    }
    if (parent !== undefined) this.#reach(parent, this.#least[node] ?? 0);
  }

  #reach(node: number, number: number): void {
    this.#least[node] = Math.min(this.#least[node] ?? 0, number);
  }

  #cut(from: number, to: number): void {
    const functions = this.module.functions.length;
    if (to < functions) this.entryChecked[to] = 1;
    else if (from < functions) this.#sites.add(from * this.nodeCount + to);
    // From a type to the host (a table that holds an import): no call stands there, so every export is checked.
    else for (const fn of this.targets(to)) this.entryChecked[fn] = 1;
  }

  /** A function that is imported is the host. */
  #node(fn: number): number {
    return fn < this.module.importedFunctions ? this.hostNode : fn;
  }

  #first(node: number): number {
    if (node >= this.module.functions.length) return 0;
    return this.code.eventsFrom[node - this.module.importedFunctions] ?? 0;
  }

  /** The next node that `node` calls, advancing the cursor on top; -1 when there is none. */
  #next(node: number, cursors: number[]): number {
    const top = cursors.length - 1;
    let cursor = cursors[top] ?? 0;
    if (node >= this.module.functions.length) {
      const target = this.targets(node)[cursor];
      cursors[top] = cursor + 1;
      return target === undefined ? -1 : this.#node(target);
    }
    const { events, eventsFrom } = this.code;
    const end = eventsFrom[node - this.module.importedFunctions + 1] ?? 0;
    for (; cursor < end; cursor += EVENT_SIZE) {
      const kind = events[cursor] ?? 0;
      if (kind < Event.call || kind > Event.tailCallType) continue;
      cursors[top] = cursor + EVENT_SIZE;
      const argument = events[cursor + 2] ?? 0;
      return kind <= Event.tailCall ? this.#node(argument) : this.typeNode(argument);
    }
    cursors[top] = cursor;
    return -1;
  }
}
