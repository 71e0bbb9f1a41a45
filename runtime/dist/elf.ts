/**
 * A program for Linux with arguments built in: a copy of another one (an ELF file) that starts in a few instructions of
 * our own. They put the arguments behind the program's name on the stack and go on where the copy used to begin.
 *
 * The segment that holds them takes the place of the notes in the table of segments, which nothing needs at run time;
 * nothing that the program knows by address is moved.
 */

/** What the first instructions are made of. */
interface StartCode {
  readonly args: readonly string[];
  /** From the first instruction to where the program used to begin (bytes). */
  readonly toEntry: number;
}

const PAGE_BYTES = 0x10000; // the largest of any kernel that Deno runs on
const LOAD = 1, NOTE = 4, READ_EXECUTE = 5;
const TABLE_ENTRY_BYTES = 56;
const encoder = new TextEncoder();

/** Machines by their number in the file. */
const MACHINES: Readonly<Record<number, (code: StartCode) => Uint8Array>> = {
  62: startX86,
  183: startAarch64,
};

/** Where a payload goes that is appended to a program of so many bytes with {@link buildIn}, whatever is built in. */
export function payloadOffset(programBytes: number): number {
  return roundUp(programBytes) + PAGE_BYTES;
}

/**
 * Gives the program with arguments built in and the payload behind it, at {@link payloadOffset}.
 * Variables of the environment cannot be built in: the C library has taken their place from the kernel before.
 * @param args put between the program's name and what the user gives; an even number
 * @throws Error for a file that is not a 64-bit ELF program of a machine we know, or has no place for the segment
 */
export function buildIn(
  program: Uint8Array,
  args: readonly string[],
  payload: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const at = roundUp(program.length);
  const result = new Uint8Array(payloadOffset(program.length) + payload.length);
  result.set(program);
  const view = new DataView(result.buffer);
  const start = program.length > 64 ? MACHINES[view.getUint16(18, true)] : undefined;
  if (view.getUint32(0) !== 0x7f454c46 || view.getUint16(4) !== 0x0201 || start === undefined) {
    throw new Error("Read the program and found no ELF file for x86-64 or aarch64");
  }
  const { note, end } = readTable(view);
  const address = roundUp(end);
  const entry = Number(view.getBigUint64(24, true));
  const code = start({ args, toEntry: entry - address });
  if (code.length > PAGE_BYTES) throw new Error(`Built in ${code.length} bytes; at most ${PAGE_BYTES} fit`);
  result.set(code, at);
  result.set(payload, at + PAGE_BYTES);
  writeSegment(view, note, { at, address, bytes: code.length });
  view.setBigUint64(24, BigInt(address), true);
  return result;
}

/** The place of the notes' entry in the table, and the end of the highest segment. */
function readTable(view: DataView): { note: number; end: number } {
  const table = Number(view.getBigUint64(32, true)), count = view.getUint16(56, true);
  let note = 0, lastLoad = 0, end = 0;
  for (let entry = table; entry < table + count * TABLE_ENTRY_BYTES; entry += TABLE_ENTRY_BYTES) {
    const type = view.getUint32(entry, true);
    if (type === NOTE) note = entry;
    if (type !== LOAD) continue;
    lastLoad = entry;
    end = Number(view.getBigUint64(entry + 16, true) + view.getBigUint64(entry + 40, true));
  }
  // Segments to load must stand in the order of their addresses: ours is the highest.
  if (note > lastLoad && lastLoad > 0) return { note, end };
  throw new Error(
    "Read the program's segments and found no notes behind them to put another in the place of",
  );
}

function writeSegment(
  view: DataView,
  entry: number,
  segment: { at: number; address: number; bytes: number },
) {
  view.setUint32(entry, LOAD, true);
  view.setUint32(entry + 4, READ_EXECUTE, true);
  const fields = [segment.at, segment.address, segment.address, segment.bytes, segment.bytes, PAGE_BYTES];
  fields.forEach((field, at) => view.setBigUint64(entry + 8 + at * 8, BigInt(field), true));
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
}

/** The texts one behind the other, each with a NUL, and where each begins. */
function layTexts(texts: readonly string[]): { bytes: Uint8Array; places: number[] } {
  const places: number[] = [];
  let all = "";
  for (const text of texts) {
    places.push(encoder.encode(all).length);
    all += `${text}\0`;
  }
  return { bytes: encoder.encode(all), places };
}

/** The stack stays aligned to 16 bytes only with an even number of pointers more on it. */
function checkEven({ args }: StartCode): void {
  if (args.length % 2 !== 0) throw new Error("Build in an even number of arguments");
}

/**
 * x86-64. At the start the stack holds argc, the arguments, 0, the environment, 0 …; ours go behind the first argument,
 * so only it and argc move. rdx must be left as it is. All instructions have the same length whatever their operands,
 * so places are known beforehand.
 */
function startX86(code: StartCode): Uint8Array {
  checkEven(code);
  const { args, toEntry } = code;
  const { bytes, places } = layTexts(args);
  const codeBytes = 36 + args.length * 15;
  const made: number[] = [];
  const i32 = (value: number) => [value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >> 24) & 255];
  const put = (...part: readonly number[]) => made.push(...part);
  put(0x48, 0x8b, 0x04, 0x24); // mov rax, [rsp]            argc
  put(0x48, 0x8b, 0x4c, 0x24, 8); // mov rcx, [rsp+8]        argv[0]
  put(0x48, 0x81, 0xec, ...i32(8 * args.length)); // sub rsp, …
  put(0x48, 0x89, 0x4c, 0x24, 8); // mov [rsp+8], rcx
  places.forEach((place, at) => {
    put(0x48, 0x8d, 0x0d, ...i32(codeBytes + place - made.length - 7)); // lea rcx, [rip+…]
    put(0x48, 0x89, 0x8c, 0x24, ...i32(16 + 8 * at)); // mov [rsp+…], rcx
  });
  put(0x48, 0x05, ...i32(args.length)); // add rax, …
  put(0x48, 0x89, 0x04, 0x24); // mov [rsp], rax
  put(0xe9, ...i32(toEntry - made.length - 5)); // jmp …
  return withTexts(made, codeBytes, bytes);
}

/** aarch64: the same; x0 must be left as it is. */
function startAarch64(code: StartCode): Uint8Array {
  checkEven(code);
  const { args, toEntry } = code;
  const { bytes, places } = layTexts(args);
  const words: number[] = [];
  const literalAt = roundEven(10 + 2 * args.length), textsAt = 4 * (literalAt + 2);
  const adr = (register: number, to: number) => {
    const distance = to - 4 * words.length;
    words.push(0x10000000 | (distance & 3) << 29 | ((distance >> 2) & 0x7ffff) << 5 | register);
  };
  words.push(0xf94003e9, 0xf94007ea); // x9 = argc, x10 = argv[0]
  words.push(0xd10003ff | (8 * args.length) << 10, 0xf90007ea); // sp -= …; [sp+8] = x10
  places.forEach((place, at) => {
    adr(12, textsAt + place);
    words.push(0xf90003ec | (2 + at) << 10); // [sp+16+8·at] = x12
  });
  words.push(0x91000129 | args.length << 10, 0xf90003e9); // argc += …
  words.push(0x58000010 | (literalAt - words.length) << 5); // x16 = toEntry
  adr(17, 0);
  words.push(0x8b110210, 0xd61f0200); // jump to x16 + x17
  const made = new Uint8Array(textsAt);
  const view = new DataView(made.buffer);
  words.forEach((word, at) => view.setUint32(4 * at, word >>> 0, true));
  view.setBigInt64(4 * literalAt, BigInt(toEntry), true);
  return withTexts([...made], textsAt, bytes);
}

function roundEven(count: number): number {
  return count + count % 2;
}

function withTexts(made: readonly number[], codeBytes: number, texts: Uint8Array): Uint8Array {
  if (made.length !== codeBytes) {
    throw new Error(`made ${made.length} bytes of code and expected ${codeBytes}`);
  }
  return new Uint8Array([...made, ...texts]);
}
