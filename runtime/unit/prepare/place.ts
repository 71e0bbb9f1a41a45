/**
 * Where checks go: as few as keep the work between two checks bounded. The rules and their proofs are in RATIONALE.md.
 *
 * Each function is walked once over its events, callees first. Three facts are kept for the worst path to the present
 * point: `since`, bytes of code passed since the last check; `plain`, the same for the paths that have met no check
 * since the function's entry (-1: there is no such path); and `covered`, how many of the open levels (the function
 * is level 0, each loop around the point one more) were entered before the last check. A branch back to a level that
 * is not covered needs a check; one that is covered has just passed one.
 */
import type { CallGraph } from "./calls.ts";
import { Event, EVENT_SIZE, EventList } from "./events.ts";
import type { WasmModule } from "./module.ts";
import { type CheckRule, Insertion, INSERTION_KIND_BITS, noChecks, type Placement } from "./placement.ts";
import { BODY_SIZE, type ScannedCode } from "./scan.ts";

/** What a kept exception takes on the engine's heap, its stack trace included. */
const EXCEPTION_BYTES = 1024;

/** Bytes of code that may run between two checks in one function. */
const GAP_BYTES = 64 << 10;
/** What one instruction over a whole memory counts: two of them never go without a check between. */
const HEAVY_BYTES = GAP_BYTES / 2 + 1;
/** What the call of an import counts. */
const HOST_BYTES = 1024;
/**
 * What a function that can be part of a recursion may do after a call into that recursion without a check: so a deep
 * recursion that unwinds, which passes no entries, is bounded by the stack's frames times this.
 */
const UNWIND_BYTES = 4 << 10;
/** Loops nested deeper than this are checked even if a round has passed a check; see RATIONALE.md. */
const DEPTH_MAX = 16;

/** Decides on every insertion. */
export function placeChecks(module: WasmModule, code: ScannedCode, graph: CallGraph): Placement {
  const placer = new Placer(module, code, graph);
  for (const node of graph.order) {
    if (node < module.functions.length) placer.place(node);
    else placer.join(node);
  }
  return placer.finish();
}

/** A block, loop, `if`, `try` or the function itself. */
interface Frame {
  kind: number;
  /** The worst state of the branches to its end; -1 when there is none. */
  joinSince: number;
  joinPlain: number;
  joinCovered: number;
  /** The state at its begin. */
  readonly since: number;
  readonly plain: number;
  readonly covered: number;
  /** Levels open around it. */
  readonly levels: number;
  /** The most that `since` was inside it. */
  peak: number;
  /** Labels to which its exceptions branch, counted from outside. */
  readonly catches: number[];
}

/** A function in `Frame.kind`, where no event begins it. */
const FUNCTION = 0;
const DEAD = -1;
/** `plain` where every path has met a check. */
const NONE = -1;

class Placer {
  readonly #counts = noChecks();
  // Of each node that was placed: `since` and `plain` at its end, each at most inside, whether all ways have a check.
  readonly #sinceEnd: Int32Array;
  readonly #plainEnd: Int32Array;
  readonly #peak: Int32Array;
  readonly #head: Int32Array;
  readonly #always: Uint8Array;
  readonly #placed: Uint8Array;
  readonly #from: Int32Array;
  readonly #to: Int32Array;
  readonly #list = new EventList();
  // The function under way.
  #fn = 0;
  #since = 0;
  #plain = 0;
  /** The most that `plain` was. */
  #mostPlain = 0;
  #covered = 0;
  #levels = 1;
  #at = 0;
  #frames: Frame[] = [];

  constructor(
    private readonly module: WasmModule,
    private readonly code: ScannedCode,
    private readonly graph: CallGraph,
  ) {
    this.#sinceEnd = new Int32Array(graph.nodeCount);
    this.#plainEnd = new Int32Array(graph.nodeCount).fill(NONE);
    this.#peak = new Int32Array(graph.nodeCount);
    this.#head = new Int32Array(graph.nodeCount);
    this.#always = new Uint8Array(graph.nodeCount);
    this.#placed = new Uint8Array(graph.nodeCount);
    const defined = module.functions.length - module.importedFunctions;
    this.#from = new Int32Array(defined);
    this.#to = new Int32Array(defined);
    graph.entryChecked.forEach((checked, fn) => this.#always[fn] = checked);
    for (const facts of [this.#sinceEnd, this.#plainEnd, this.#head, this.#peak]) {
      facts[graph.hostNode] = HOST_BYTES;
    }
  }

  /** Joins the facts of all functions that a type's node reaches. */
  join(node: number): void {
    this.#placed[node] = 1;
    if (node === this.graph.hostNode) return;
    let always = 1;
    for (const target of this.graph.targets(node)) {
      const callee = target < this.module.importedFunctions ? this.graph.hostNode : target;
      for (const facts of [this.#sinceEnd, this.#plainEnd, this.#head, this.#peak]) {
        facts[node] = Math.max(facts[node] ?? 0, facts[callee] ?? 0);
      }
      always &= this.#always[callee] ?? 0;
    }
    this.#always[node] = always;
  }

  /** Walks one function. */
  place(fn: number): void {
    const index = fn - this.module.importedFunctions;
    const first = this.code.bodies[index * BODY_SIZE + 2] ?? 0;
    this.#fn = fn;
    this.#from[index] = this.#list.length;
    this.#since = 0;
    this.#plain = 0;
    this.#mostPlain = 0;
    this.#covered = 0;
    this.#levels = 1;
    this.#at = first;
    this.#frames = [];
    this.#open(FUNCTION);
    if (this.graph.entryChecked[fn]) this.#check(first, "entries");
    else this.#counts.entriesAvoided++;
    const { events, eventsFrom } = this.code;
    const end = eventsFrom[index + 1] ?? 0;
    for (let at = eventsFrom[index] ?? 0; at < end; at += EVENT_SIZE) {
      this.#event(events[at] ?? 0, events[at + 1] ?? 0, events[at + 2] ?? 0);
    }
    this.#to[index] = this.#list.length;
    this.#placed[fn] = 1;
  }

  /** The insertions in the order of the functions. */
  finish(): Placement {
    const insertions = new Int32Array(this.#list.length / EVENT_SIZE * 2);
    const insertionsFrom = new Int32Array(this.#from.length + 1);
    const { data } = this.#list;
    let length = 0;
    for (let index = 0; index < this.#from.length; index++) {
      for (let at = this.#from[index] ?? 0; at < (this.#to[index] ?? 0); at += EVENT_SIZE) {
        insertions[length++] = data[at + 1] ?? 0;
        insertions[length++] = data[at] ?? 0;
      }
      insertionsFrom[index + 1] = length;
    }
    return { insertions, insertionsFrom, counts: this.#counts };
  }

  #event(kind: number, offset: number, argument: number): void {
    if (this.#since !== DEAD) {
      this.#work(offset - this.#at);
      if (this.#since > GAP_BYTES) this.#check(offset, "longCode");
    }
    this.#at = offset;
    if (kind >= Event.br) return this.#since === DEAD ? undefined : this.#flow(kind, offset, argument);
    switch (kind) {
      case Event.block:
      case Event.if:
      case Event.try:
      case Event.tryTable:
        return this.#open(kind);
      case Event.loop:
        this.#open(kind);
        this.#levels++;
        return;
      case Event.catchLabel:
        return this.#catchLabel(offset, argument);
      case Event.else:
      case Event.catch:
        return this.#turn(kind);
      case Event.end:
      case Event.delegate:
        return this.#close();
    }
  }

  #flow(kind: number, offset: number, argument: number): void {
    switch (kind) {
      case Event.br:
      case Event.brIf:
        this.#branch(offset, argument);
        if (kind === Event.br) this.#since = DEAD;
        return;
      case Event.return:
        this.#join(this.#frames[0]);
        this.#since = DEAD;
        return;
      case Event.stop:
        this.#since = DEAD;
        return;
      case Event.call:
      case Event.tailCall:
        this.#call(offset, argument < this.module.importedFunctions ? this.graph.hostNode : argument);
        return this.#afterCall(kind === Event.tailCall);
      case Event.callType:
      case Event.tailCallType:
        this.#call(offset, this.graph.typeNode(argument));
        return this.#afterCall(kind === Event.tailCallType);
      case Event.heavy:
        if (this.#since + HEAVY_BYTES > GAP_BYTES) this.#check(offset, "heavy");
        else this.#counts.heavyAvoided++;
        return this.#work(HEAVY_BYTES);
      case Event.tableChange:
        return this.#list.push(Insertion.tableFlag, offset, 0);
      case Event.segmentDrop:
        return this.#list.push(Insertion.segmentFlag, offset, 0);
      case Event.object:
        return this.#count(offset, Insertion.object, argument);
      case Event.array:
        return this.#count(offset, Insertion.array, argument);
      case Event.throw:
        return this.code.keepsExceptions ? this.#count(offset, Insertion.object, EXCEPTION_BYTES) : undefined;
    }
  }

  #count(offset: number, kind: number, bytes: number): void {
    this.#list.push(kind | bytes << INSERTION_KIND_BITS, offset, 0);
  }

  #call(offset: number, node: number): void {
    const isFunction = node < this.module.functions.length;
    const head = this.#head[node] ?? 0;
    const cut = !isFunction && this.graph.siteChecked(this.#fn, node) && this.#covered < 1;
    if (cut || this.#since + head > 2 * GAP_BYTES) this.#check(offset, "calls");
    else this.#counts.callsAvoided++;
    this.#notePeak(Math.max(this.#since + head, this.#peak[node] ?? 0), this.#plain + head);
    const recursive = this.graph.component[node] === this.graph.component[this.#fn];
    const end = recursive ? GAP_BYTES - UNWIND_BYTES : this.#sinceEnd[node] ?? 0;
    if (this.#always[node] === 1 && (isFunction || this.#placed[node] === 1)) {
      this.#since = end;
      this.#plain = NONE;
      this.#covered = this.#levels;
    } else {
      const plainEnd = Math.max(0, this.#plainEnd[node] ?? 0);
      this.#since = Math.max(end, this.#since + plainEnd);
      if (this.#plain !== NONE) this.#plain += plainEnd;
    }
    this.#notePeak(this.#since, this.#plain);
  }

  #afterCall(tail: boolean): void {
    if (!tail) return;
    this.#join(this.#frames[0]);
    this.#since = DEAD;
  }

  /** A branch to `label`: onwards to the end of a block, or back to a loop. */
  #branch(offset: number, label: number): void {
    const frame = this.#frames[this.#frames.length - 1 - label];
    if (!frame) return;
    if (frame.kind !== Event.loop) return this.#join(frame);
    const passed = frame.levels < this.#covered && frame.levels <= DEPTH_MAX && this.#since < HEAVY_BYTES;
    if (passed) this.#counts.loopsAvoided++;
    else this.#check(offset, "loops");
  }

  /** An exception of a `try_table` branches without an instruction: a loop's check stands before the `try_table`. */
  #catchLabel(offset: number, label: number): void {
    const frame = this.#frames[this.#frames.length - 2 - label];
    const own = this.#frames[this.#frames.length - 1];
    own?.catches.push(label);
    if (frame?.kind !== Event.loop || this.#since === DEAD || frame.levels < this.#covered) return;
    this.#check(offset, "loops");
  }

  #open(kind: number): void {
    this.#frames.push({
      kind,
      joinSince: DEAD,
      joinPlain: NONE,
      joinCovered: 0,
      since: this.#since,
      plain: this.#plain,
      covered: this.#covered,
      levels: kind === FUNCTION ? 0 : this.#levels,
      peak: this.#since,
      catches: [],
    });
  }

  /** `else` and `catch`: the first part ends, the second begins. */
  #turn(kind: number): void {
    const frame = this.#frames[this.#frames.length - 1];
    if (!frame) return;
    this.#join(frame);
    this.#levels = frame.levels;
    this.#covered = frame.covered;
    // An exception can come from anywhere in the body, so with the worst that was reached there.
    if (frame.since === DEAD) this.#since = DEAD;
    else this.#since = kind === Event.else ? frame.since : frame.peak;
    this.#plain = kind === Event.else || frame.plain === NONE ? frame.plain : this.#since;
    frame.kind = kind;
  }

  #close(): void {
    const frame = this.#frames.pop();
    if (!frame) return;
    if (frame.kind === FUNCTION) return this.#closeFunction(frame);
    const outer = this.#frames[this.#frames.length - 1];
    if (outer) outer.peak = Math.max(outer.peak, frame.peak);
    this.#join(frame);
    if (frame.kind === Event.if) this.#joinState(frame, frame.since, frame.plain, frame.covered);
    if (frame.kind === Event.tryTable && frame.since !== DEAD) this.#joinCatches(frame);
    this.#levels = frame.levels;
    this.#since = frame.joinSince;
    this.#plain = frame.joinPlain;
    this.#covered = Math.min(frame.joinCovered, frame.levels);
  }

  #joinCatches(frame: Frame): void {
    for (const label of frame.catches) {
      const target = this.#frames[this.#frames.length - 1 - label];
      if (target && target.kind !== Event.loop) {
        const plain = frame.plain === NONE ? NONE : frame.peak;
        this.#joinState(target, frame.peak, plain, frame.covered);
      }
    }
  }

  #closeFunction(frame: Frame): void {
    this.#join(frame);
    const reached = frame.joinSince !== DEAD;
    this.#sinceEnd[this.#fn] = reached ? frame.joinSince : 0;
    this.#plainEnd[this.#fn] = frame.joinPlain;
    this.#always[this.#fn] = !reached || frame.joinCovered >= 1 ? 1 : 0;
    this.#peak[this.#fn] = frame.peak;
    this.#head[this.#fn] = this.#mostPlain;
  }

  #join(frame: Frame | undefined): void {
    if (frame) this.#joinState(frame, this.#since, this.#plain, this.#covered);
  }

  #joinState(frame: Frame, since: number, plain: number, covered: number): void {
    if (since === DEAD) return;
    frame.joinPlain = Math.max(frame.joinPlain, plain);
    frame.joinCovered = frame.joinSince === DEAD ? covered : Math.min(frame.joinCovered, covered);
    frame.joinSince = Math.max(frame.joinSince, since);
  }

  #work(bytes: number): void {
    this.#since += bytes;
    if (this.#plain !== NONE) this.#plain += bytes;
    this.#notePeak(this.#since, this.#plain);
  }

  #notePeak(since: number, plain: number): void {
    const top = this.#frames[this.#frames.length - 1];
    if (top && since > top.peak) top.peak = since;
    if (this.#plain !== NONE && plain > this.#mostPlain) this.#mostPlain = plain;
  }

  #check(offset: number, rule: CheckRule): void {
    this.#list.push(Insertion.check, offset, 0);
    this.#counts[rule]++;
    this.#since = 0;
    this.#plain = NONE;
    this.#covered = this.#levels;
  }
}
