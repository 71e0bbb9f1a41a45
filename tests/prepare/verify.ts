/**
 * Proves of a prepared module that nothing in it can run for ever without passing a check, by another way than the
 * one that placed them: the flow graph of every function and the call graph, with all edges taken out that pass a
 * check, must have no cycle left.
 */
import { Event, EVENT_SIZE } from "../../runtime/unit/prepare/events.ts";
import { readWasmModule, type WasmModule } from "../../runtime/unit/prepare/module.ts";
import { BODY_SIZE, scanCode, type ScannedCode } from "../../runtime/unit/prepare/scan.ts";

/** The end of a check, as it lies in the code: load8_u offset=65535, drop. */
const CHECK_TAIL = [0xff, 0xff, 0x03, 0x1a];

interface Node {
  readonly kind: number;
  readonly argument: number;
  /** Nodes that may come next, without those behind a check. */
  readonly next: number[];
}

interface Flow {
  readonly nodes: readonly Node[];
  /** Whether the entry passes a check before the first event. */
  readonly entryChecked: boolean;
}

/** Empty when the module cannot escape its checks; else the first cycle found. */
export function findUnchecked(prepared: Uint8Array): string {
  const module = readWasmModule(prepared);
  const code = scanCode(module);
  const flows = Array.from(
    { length: code.eventsFrom.length - 1 },
    (_, index) => readFlow(module, code, index),
  );
  const always = alwaysChecked(module, code, flows);
  for (const [index, flow] of flows.entries()) {
    const edges = (node: number) =>
      passes(module, code, flow, node, always) ? [] : flow.nodes[node]?.next ?? [];
    if (hasCycle(flow.nodes.length, edges)) {
      return `function ${index + module.importedFunctions} has an unchecked loop`;
    }
  }
  return unguardedRecursion(module, code, flows, always);
}

function readFlow(module: WasmModule, code: ScannedCode, index: number): Flow {
  const { events, bodies } = code;
  const from = code.eventsFrom[index] ?? 0;
  const to = code.eventsFrom[index + 1] ?? 0;
  const count = (to - from) / EVENT_SIZE;
  const at = (node: number, field: number) => events[from + node * EVENT_SIZE + field] ?? 0;
  const nodes = Array.from({ length: count }, (_, node): Node => ({
    kind: at(node, 0),
    argument: at(node, 2),
    next: [],
  }));
  const checkedBefore = (node: number) => {
    const begin = node === 0 ? bodies[index * BODY_SIZE + 2] ?? 0 : at(node - 1, 1);
    return holdsCheck(module.bytes, begin, at(node, 1));
  };
  link(nodes, checkedBefore);
  return { nodes, entryChecked: checkedBefore(0) };
}

function holdsCheck(bytes: Uint8Array, from: number, to: number): boolean {
  // A tick may be any instruction, the last of a check too.
  for (let at = from - CHECK_TAIL.length + 1; at + CHECK_TAIL.length <= to; at++) {
    if (CHECK_TAIL.every((byte, offset) => bytes[at + offset] === byte)) return true;
  }
  return false;
}

interface Scope {
  readonly kind: number;
  readonly begin: number;
  readonly end: number;
  readonly catches: number[];
}

/** Draws the edges; a label's node is its `loop`, or the `end` of its block. */
function link(nodes: readonly Node[], checkedBefore: (node: number) => boolean): void {
  const ends = matchEnds(nodes);
  const scopes: Scope[] = [{ kind: 0, begin: -1, end: nodes.length - 1, catches: [] }];
  const target = (label: number, outside = 0) => {
    const scope = scopes[scopes.length - 1 - label - outside];
    return scope === undefined ? -1 : scope.kind === Event.loop ? scope.begin : scope.end;
  };
  nodes.forEach((node, index) => {
    const end = ends.get(index) ?? -1;
    const fall = () => {
      if (index + 1 < nodes.length && !checkedBefore(index + 1)) node.next.push(index + 1);
    };
    throwsTo(node, scopes);
    switch (node.kind) {
      case Event.block:
      case Event.loop:
      case Event.if:
      case Event.try:
      case Event.tryTable: {
        const labels = nodes.slice(index + 1, index + 1 + node.argument);
        const parts = partsOf(nodes, index, end);
        const handlers = node.kind === Event.try
          ? parts.map((part) => part + 1).filter((part) => !checkedBefore(part))
          : [];
        const catches = node.kind === Event.tryTable
          ? labels.map(({ argument }) => target(argument))
          : handlers;
        scopes.push({ kind: node.kind, begin: index, end, catches });
        const [otherwise] = parts;
        if (node.kind === Event.if && otherwise === undefined) node.next.push(end);
        else if (node.kind === Event.if && otherwise !== undefined && !checkedBefore(otherwise + 1)) {
          node.next.push(otherwise + 1);
        }
        return fall();
      }
      case Event.else:
      case Event.catch:
        // Whoever comes here from above is at the end of the part before. A handler's own throws go further out.
        node.next.push(scopes[scopes.length - 1]?.end ?? -1);
        scopes[scopes.length - 1]?.catches.splice(0);
        return;
      case Event.end:
      case Event.delegate:
        scopes.pop();
        return fall();
      case Event.br:
        node.next.push(target(node.argument));
        return;
      case Event.brIf:
        node.next.push(target(node.argument));
        return fall();
      case Event.return:
      case Event.tailCall:
      case Event.tailCallType:
        node.next.push(nodes.length - 1);
        return;
      case Event.stop:
        return;
      default:
        return fall();
    }
  });
}

/** What can throw goes to the handlers around it. */
function throwsTo(node: Node, scopes: readonly Scope[]): void {
  if (node.kind !== Event.call && node.kind !== Event.callType && node.kind !== Event.stop) return;
  for (const scope of scopes) node.next.push(...scope.catches);
}

function matchEnds(nodes: readonly Node[]): Map<number, number> {
  const ends = new Map<number, number>();
  const open: number[] = [];
  nodes.forEach(({ kind }, index) => {
    if ([Event.block, Event.loop, Event.if, Event.try, Event.tryTable].some((begin) => begin === kind)) {
      open.push(index);
    } else if (kind === Event.end || kind === Event.delegate) ends.set(open.pop() ?? -1, index);
  });
  return ends;
}

/** The `else` or the catches of a block. */
function partsOf(nodes: readonly Node[], begin: number, end: number): number[] {
  const parts: number[] = [];
  const kind = nodes[begin]?.kind;
  if (kind !== Event.if && kind !== Event.try) return parts;
  let depth = 0;
  for (let index = begin + 1; index < end; index++) {
    const inner = nodes[index]?.kind ?? 0;
    if (depth === 0 && (inner === Event.else || inner === Event.catch)) parts.push(index);
    if ([Event.block, Event.loop, Event.if, Event.try, Event.tryTable].some((open) => open === inner)) {
      depth++;
    }
    if (inner === Event.end || inner === Event.delegate) depth--;
  }
  return parts;
}

/** The functions that a call may reach; `null` for the host. */
function callees(module: WasmModule, code: ScannedCode, { kind, argument }: Node): (number | null)[] {
  if (kind === Event.call || kind === Event.tailCall) {
    return [argument < module.importedFunctions ? null : argument];
  }
  if (kind !== Event.callType && kind !== Event.tailCallType) return [];
  const wanted = JSON.stringify(module.types.functions[argument]);
  const exact = !module.types.subtypes && !/\d\)/.test(wanted);
  const taken = [...new Set([...module.referenced, ...code.referenced])];
  return taken.filter((fn) =>
    !exact || JSON.stringify(module.types.functions[module.functions[fn] ?? -1]) === wanted
  ).map((fn) => fn < module.importedFunctions ? null : fn);
}

const isCall = (kind: number) => kind >= Event.call && kind <= Event.tailCallType;

/** Whether going on behind a node means that a check was passed inside a function that it calls. */
function passes(
  module: WasmModule,
  code: ScannedCode,
  flow: Flow,
  index: number,
  always: Uint8Array,
): boolean {
  const node = flow.nodes[index];
  if (!node || (node.kind !== Event.call && node.kind !== Event.callType)) return false;
  return callees(module, code, node).every((fn) => fn !== null && always[fn] === 1);
}

/** Which functions cannot be passed without a check; found again and again until no more come. */
function alwaysChecked(module: WasmModule, code: ScannedCode, flows: readonly Flow[]): Uint8Array {
  const always = new Uint8Array(module.functions.length);
  for (let changed = true; changed;) {
    changed = false;
    for (const [index, flow] of flows.entries()) {
      const fn = index + module.importedFunctions;
      if (always[fn] === 1) continue;
      const seen = reachable(module, code, flow, always);
      if (seen.has(flow.nodes.length - 1)) continue;
      always[fn] = 1;
      changed = true;
    }
  }
  return always;
}

/** Nodes that are reached from the entry without a check. */
function reachable(module: WasmModule, code: ScannedCode, flow: Flow, always: Uint8Array): Set<number> {
  const seen = new Set<number>();
  if (flow.entryChecked) return seen;
  const open = [0];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    if (!passes(module, code, flow, node, always)) open.push(...flow.nodes[node]?.next ?? []);
  }
  return seen;
}

function unguardedRecursion(
  module: WasmModule,
  code: ScannedCode,
  flows: readonly Flow[],
  always: Uint8Array,
): string {
  const host = module.functions.length;
  const exported = module.exports.filter(({ kind }) => kind === "function").map(({ index }) => index);
  const edges = flows.map((flow) => {
    const seen = reachable(module, code, flow, always);
    const calls = [...seen].map((node) => flow.nodes[node]).filter((node) =>
      node !== undefined && isCall(node.kind)
    );
    return [
      ...new Set(calls.flatMap((node) => node ? callees(module, code, node) : []).map((fn) => fn ?? host)),
    ];
  });
  const next = (node: number) =>
    node === host
      ? exported.filter((fn) => fn >= module.importedFunctions)
      : edges[node - module.importedFunctions] ?? [];
  return hasCycle(host + 1, next) ? "functions can call each other in a circle without a check" : "";
}

function hasCycle(count: number, next: (node: number) => readonly number[]): boolean {
  const color = new Uint8Array(count);
  for (let root = 0; root < count; root++) {
    if (color[root] !== 0) continue;
    const path: { readonly node: number; readonly edges: readonly number[]; at: number }[] = [];
    const enter = (node: number) => {
      color[node] = 1;
      path.push({ node, edges: next(node), at: 0 });
    };
    enter(root);
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const to = top.edges[top.at++];
      if (to === undefined) {
        color[top.node] = 2;
        path.pop();
      } else if (color[to] === 1) return true;
      else if (color[to] === 0) enter(to);
    }
  }
  return false;
}
