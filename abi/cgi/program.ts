/** What stands around one instance of a program: the request goes in, the answer comes out, and nothing stays. */
import type { GuestContext, ProgramSurroundings } from "../abi.ts";
import type { Stdio } from "../../capabilities/stdio/stdio.ts";
import { joinPieces } from "../pieces.ts";
import { CgiAnswerError } from "./error.ts";
import type { Variables } from "./variables.ts";

const NOTHING = new Uint8Array(0);

/** The surroundings of one instance. */
export class CgiProgram implements ProgramSurroundings {
  readonly streams: Stdio;
  readonly #outputMaxBytes: number;
  #variables: Variables = [];
  #input: Uint8Array = NOTHING;
  #output: Uint8Array[] = [];
  #outputBytes = 0;

  /** Standard error goes to the service's log where `stdio` is granted. */
  constructor({ capabilities, limits }: GuestContext) {
    const log = capabilities.stdio?.session();
    this.#outputMaxBytes = limits.messageMaxBytes;
    this.streams = {
      write: (stream, bytes) => stream === "stdout" ? this.#print(bytes) : log?.write("stderr", bytes),
      flush: () => log?.flush(),
      read: (max) => this.#read(max),
      inputState: () => ({ bytes: this.#input.length, ended: this.#input.length === 0 }),
      inputReady: () => Promise.resolve(),
      isTerminal: () => false,
      session: () => this.streams,
      close: () => log?.close(),
    };
  }

  get variables(): Variables {
    return this.#variables;
  }

  /** A request begins. */
  begin(variables: Variables, input: Uint8Array): void {
    this.end();
    this.#variables = variables;
    this.#input = input;
  }

  /** Forgets the request. */
  end(): void {
    this.#variables = [];
    this.#input = NOTHING;
    this.#output = [];
    this.#outputBytes = 0;
  }

  /** What was printed; throws {@link CgiAnswerError} when that was too much. */
  get output(): Uint8Array {
    if (this.#outputBytes > this.#outputMaxBytes) {
      throw new CgiAnswerError(`the program printed more than messageMaxBytes (${this.#outputMaxBytes})`);
    }
    return joinPieces(this.#output);
  }

  #print(bytes: Uint8Array): void {
    this.#outputBytes += bytes.length;
    if (this.#outputBytes <= this.#outputMaxBytes) this.#output.push(bytes.slice());
    else this.#output = []; // no answer any more: nothing is kept of it
  }

  #read(max: number): Uint8Array {
    const piece = this.#input.subarray(0, max);
    this.#input = this.#input.subarray(piece.length);
    return piece;
  }
}
