/** `request.handle_form_upload` (mimik's callbacks) and `form.*` (Berth's calls). */
import { CapabilityError } from "../../../capabilities/error.ts";
import { headHeader } from "../event.ts";
import { MessageError } from "../error.ts";
import { FormSource } from "../form/source.ts";
import type { FormPart } from "../form/head.ts";
import { type MaybePromise, then } from "../maybe.ts";
import { type Turn, unlessAborted } from "../turn.ts";
import { createUpload } from "./files.ts";
import type { Emit, Handlers, Lender } from "./handler.ts";

const NOTHING = new Uint8Array(0);
const READ_BYTES = 65_536;

/** Longest value that a form field may have: it is handed over in one piece. */
export const FORM_VALUE_MAX_BYTES = 1 << 20;

/** What a mimik guest returns from callback 101. */
const ACTION = { skip: 100, get: 101, store: 102, abort: 200 } as const;
/** mimik's kinds of callback. */
const FOUND = 101;
const VALUE = 102;
const STORED = 103;

function formOf(turn: Turn): FormSource {
  if (turn.form) return turn.form;
  const body = turn.body;
  if (!body) {
    throw new MessageError("invalid", "read a form: the request has no body that was not handed over");
  }
  body.claim("form");
  return turn.form = new FormSource(body, headHeader(turn.head, "content-type"));
}

function waiting<T>(turn: Turn, value: MaybePromise<T>): MaybePromise<T> {
  return value instanceof Promise ? unlessAborted(value, turn.signal) : value;
}

/** The handlers. */
export const FORM_HANDLERS: Handlers<
  "request.handle_form_upload" | "form.next" | "form.read" | "form.store"
> = {
  "request.handle_form_upload"(turn, _parameters, emit, lender) {
    return nextPart(turn, formOf(turn), emit, lender);
  },
  "form.next"(turn) {
    const form = formOf(turn);
    return then(waiting(turn, form.next()), (part) => {
      if (part === null) return partResult("end", null, NOTHING);
      if (part.filename !== null) return partResult("file", part, NOTHING);
      return then(value(turn, form), (bytes) => partResult("value", part, bytes));
    });
  },
  "form.read"(turn, { max }) {
    const form = turn.form;
    if (!form?.inPart) throw new CapabilityError("closed", "read a form's file: no file part is open");
    return then(waiting(turn, form.read(max)), (data) => ({ data: data ?? NOTHING, ended: data === null }));
  },
  "form.store"(turn, { path }) {
    const form = turn.form;
    if (!form?.inPart) throw new CapabilityError("closed", "store a form's file: no file part is open");
    return then(store(turn, form, path), (size) => ({ size }));
  },
};

function partResult(kind: string, part: FormPart | null, bytes: Uint8Array) {
  const { name = "", filename, contentType = "" } = part ?? {};
  return { kind, name, filename: filename ?? "", contentType, value: bytes };
}

/** The whole of the present part, bounded. */
function value(turn: Turn, form: FormSource): MaybePromise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const read = (): MaybePromise<Uint8Array> => {
    for (;;) {
      const piece = waiting(turn, form.read(READ_BYTES));
      if (piece instanceof Promise) return piece.then((bytes) => add(bytes) ?? read());
      const whole = add(piece);
      if (whole) return whole;
    }
  };
  const add = (piece: Uint8Array | null): Uint8Array | undefined => {
    if (piece === null) return concatenate(pieces, length);
    length += piece.length;
    if (length > FORM_VALUE_MAX_BYTES) {
      throw new MessageError(
        "too-large",
        `read a form: a value is longer than ${FORM_VALUE_MAX_BYTES} bytes`,
      );
    }
    pieces.push(piece.slice());
    return undefined;
  };
  return read();
}

function concatenate(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** Stores the rest of the present part; a file that is not complete leaves nothing behind. */
function store(turn: Turn, form: FormSource, path: string): MaybePromise<number> {
  const file = createUpload(turn, path);
  form.onClose(() => file.discard());
  let size = 0;
  const finish = () => {
    form.onClose(null);
    file.commit();
    return size;
  };
  const failed = (error: unknown): never => {
    form.close();
    throw error;
  };
  const run = (): MaybePromise<number> => {
    for (;;) {
      const piece = waiting(turn, form.read(READ_BYTES));
      if (piece instanceof Promise) return piece.then((bytes) => take(bytes) ? run() : finish());
      if (!take(piece)) return finish();
    }
  };
  const take = (piece: Uint8Array | null): boolean => {
    if (piece === null) return false;
    size += piece.length;
    file.write(piece);
    return true;
  };
  try {
    const done = run();
    return done instanceof Promise ? done.catch(failed) : done;
  } catch (error) {
    return failed(error);
  }
}

function nextPart(turn: Turn, form: FormSource, emit: Emit, lender: Lender): MaybePromise<void> {
  for (;;) {
    const part = waiting(turn, form.next());
    const done = then(part, (found) => found === null ? true : handlePart(turn, form, found, emit, lender));
    if (done instanceof Promise) {
      return done.then((ended) => ended ? undefined : nextPart(turn, form, emit, lender));
    }
    if (done) return;
  }
}

/** One part by mimik's rules; whether that was the last. */
function handlePart(
  turn: Turn,
  form: FormSource,
  part: FormPart,
  emit: Emit,
  lender: Lender,
): MaybePromise<boolean> {
  if (part.filename === null) return giveValue(turn, form, part, emit);
  const path = new Uint8Array(turn.context.limits.pathMaxBytes);
  const reference = lender.lend(path);
  const headers = {
    key: part.name,
    filename: part.filename,
    path_ref: String(reference),
    path_len: String(path.length),
  };
  return then(emit(FOUND, headers, ""), (action) => {
    lender.takeBack(reference);
    if (action === ACTION.abort) throw new CapabilityError("aborted", "the guest gave up the form");
    if (action === ACTION.get) return giveValue(turn, form, part, emit);
    if (action !== ACTION.store) return false; // 100, and what a guest that knows no better returns
    const target = pathText(path);
    return then(
      store(turn, form, target),
      (size) => then(emit(STORED, { path: target, file_size: String(size) }, ""), () => false),
    );
  });
}

function giveValue(turn: Turn, form: FormSource, part: FormPart, emit: Emit): MaybePromise<boolean> {
  return then(value(turn, form), (bytes) => {
    const text = new TextDecoder().decode(bytes);
    return then(emit(VALUE, { key: part.name, value: text }, ""), () => false);
  });
}

function pathText(path: Uint8Array): string {
  const end = path.indexOf(0);
  const text = new TextDecoder().decode(end < 0 ? path : path.subarray(0, end));
  if (text === "") throw new MessageError("invalid", "store a form's file: the guest wrote no path");
  return text;
}
