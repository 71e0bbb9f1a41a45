/** The events of a function body: the few instructions that matter for where checks go. */

/** Kinds of events. An event is three numbers: kind, offset of its instruction in the file, argument. */
export const Event = {
  /** Long straight code without any other event. */
  tick: 1,
  block: 2,
  loop: 3,
  if: 4,
  else: 5,
  end: 6,
  /** Legacy exception handling; `catch` stands for `catch_all` too. */
  try: 7,
  catch: 8,
  delegate: 9,
  /** Argument: how many `catchLabel` events follow. */
  tryTable: 10,
  /** Argument: a label, counted from outside the `try_table`. */
  catchLabel: 11,
  /** Argument: a label. `brIf` stands for every conditional branch, each target of a `br_table` too. */
  br: 12,
  brIf: 13,
  return: 14,
  /** What never goes on: `unreachable`, the throws, the end of a `br_table`. */
  stop: 15,
  /** Argument: a function. */
  call: 16,
  tailCall: 17,
  /** Argument: a type; through a table or a reference. */
  callType: 18,
  tailCallType: 19,
  /** One instruction whose time grows with its operands. */
  heavy: 20,
  /** Argument: a table that the next instruction may change. */
  tableChange: 21,
  segmentDrop: 22,
  /** An object is made. Argument: its bytes. */
  object: 23,
  /** An array is made whose length is on the stack. Argument: bytes of an element. */
  array: 24,
  /** An exception is thrown; its `stop` follows. */
  throw: 25,
} as const;

/** Numbers of an event. */
export const EVENT_SIZE = 3;

const CORE: readonly (readonly [opcode: number, event: number])[] = [
  [0x00, Event.stop],
  [0x02, Event.block],
  [0x03, Event.loop],
  [0x04, Event.if],
  [0x05, Event.else],
  [0x06, Event.try],
  [0x07, Event.catch],
  [0x08, Event.stop],
  [0x09, Event.stop],
  [0x0a, Event.stop],
  [0x0b, Event.end],
  [0x0c, Event.br],
  [0x0d, Event.brIf],
  [0x0f, Event.return],
  [0x10, Event.call],
  [0x11, Event.callType],
  [0x12, Event.tailCall],
  [0x13, Event.tailCallType],
  [0x14, Event.callType],
  [0x15, Event.tailCallType],
  [0x18, Event.delegate],
  [0x19, Event.catch],
  [0x26, Event.tableChange],
  [0x40, Event.heavy],
  [0xd5, Event.brIf],
  [0xd6, Event.brIf],
];

/** One-byte opcodes to events; 0 for the others. `br_table`, `try_table` and prefixed opcodes are apart. */
export const CORE_EVENTS: Readonly<Uint8Array> = table(256, CORE);

/** Opcodes behind 0xfb to events: `br_on_cast` is apart; making or filling an array takes time with its length. */
export const GC_EVENTS: Readonly<Uint8Array> = table(
  0x20,
  [0x06, 0x07, 0x09, 0x0a, 0x10, 0x11, 0x12, 0x13].map((opcode) => [opcode, Event.heavy]),
);

/** Opcodes behind 0xfc to events. */
export const MISC_EVENTS: Readonly<Uint8Array> = table(0x20, [
  [0x08, Event.heavy],
  [0x09, Event.segmentDrop],
  [0x0a, Event.heavy],
  [0x0b, Event.heavy],
  [0x0c, Event.tableChange],
  [0x0d, Event.segmentDrop],
  [0x0e, Event.tableChange],
  [0x0f, Event.tableChange],
  [0x11, Event.tableChange],
]);

/** Which kinds carry the first immediate of their instruction. */
export const HAS_ARGUMENT: Readonly<Uint8Array> = table(
  32,
  [
    Event.br,
    Event.brIf,
    Event.call,
    Event.tailCall,
    Event.callType,
    Event.tailCallType,
    Event.tableChange,
  ].map((kind) => [kind, 1]),
);

function table(size: number, rows: readonly (readonly [opcode: number, event: number])[]): Uint8Array {
  const events = new Uint8Array(size);
  for (const [opcode, event] of rows) events[opcode] = event;
  return events;
}

/** Growing rows of events. */
export class EventList {
  data = new Int32Array(3 * 4096);
  length = 0;

  /** Adds one event. */
  push(kind: number, offset: number, argument: number): void {
    if (this.length + EVENT_SIZE > this.data.length) {
      const grown = new Int32Array(this.data.length * 2);
      grown.set(this.data);
      this.data = grown;
    }
    this.data[this.length] = kind;
    this.data[this.length + 1] = offset;
    this.data[this.length + 2] = argument;
    this.length += EVENT_SIZE;
  }
}
