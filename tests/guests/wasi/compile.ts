/**
 * A small language for guests: each line is one call with what it must answer, compiled to WebAssembly.
 *
 *     #! file work/a.txt hello          headers say what is there before: see `headers.ts`
 *     path_open 3 FOLLOW "a.txt" 0 READ 0 0 @fd -> SUCCESS
 *     fd_read [@fd] iov:@buf*5 @n -> SUCCESS
 *     check [@n] 5                      an u32 in memory
 *     same @buf "hello"                 bytes in memory
 *     store @list+4 0xffffffff          puts an u32 into memory
 *     repeat 100 … end, trap, grow 1 -> 2
 *     attack path_open … -> PERM        a call that must not succeed: if it does the guest exits with 1000 plus its line
 *
 * `@name` is a place of its own in memory (`@name*1000` one of that size, `@name+8` an offset); a text is a pointer and a
 * length; `iov:@buf*5` and `iov:"text"` are a list of one buffer, pointer and count. A call that answers otherwise ends the
 * guest with the number of its line as exit code.
 */
import { WASI_FUNCTIONS } from "../../../abi/wasi_preview1/mod.ts";
import { Errno } from "../../../abi/wasi_preview1/errno.ts";
import { FdFlag, OpenFlag, TimesFlag } from "../../../abi/wasi_preview1/layout.ts";
import { Right } from "../../../abi/wasi_preview1/rights.ts";
import { assemble, data } from "../wat.ts";

const CONSTANTS: ReadonlyMap<string, number> = new Map<string, number>([
  ...Object.entries(Errno),
  ...Object.entries(Right),
  ...Object.entries(OpenFlag),
  ...Object.entries(TimesFlag),
  ...Object.entries(FdFlag),
  ["FOLLOW", 1],
  ["READ", Right.FD_READ],
  ["WRITE", Right.FD_WRITE],
  ["CUR", 1],
  ["END", 2],
]);

const FUNCTIONS = new Map(WASI_FUNCTIONS.map((fn) => [fn.name, fn]));
const PLACE_BYTES = 64;
const PLACES_AT = 1024;
const PAGE_BYTES = 65_536;

/** A compiled guest. */
export interface Program {
  readonly wasm: Uint8Array<ArrayBuffer>;
  /** How many lines say what must come out; a guest without any tests nothing. */
  readonly expectations: number;
}

/** Compiles the lines of a guest that are not headers. */
export function compile(source: string, name: string): Program {
  return new Compiler(name).run(source);
}

class Compiler {
  readonly #name: string;
  readonly #places = new Map<string, number>();
  readonly #data: string[] = [];
  readonly #used = new Set<string>();
  #nextAt = PLACES_AT;
  #body: string[] = [];
  #loops = 0;
  #open: number[] = [];
  #expectations = 0;
  #line = 0;

  constructor(name: string) {
    this.#name = name;
  }

  run(source: string): Program {
    this.#used.add("proc_exit");
    for (const raw of source.split("\n")) {
      this.#line++;
      const line = raw.trim();
      if (line !== "" && !line.startsWith("#")) this.#statement(line);
    }
    const imports = [...this.#used].map(importOf);
    const pages = Math.ceil(this.#nextAt / PAGE_BYTES) + 1;
    const wat =
      `(module\n${imports.join("\n")}\n(memory (export "memory") ${pages} 64)\n${this.#data.join("\n")}\n` +
      `(func (export "_start") (local $i i32)\n${this.#body.join("\n")}))`;
    return { wasm: assemble(wat, this.#name), expectations: this.#expectations };
  }

  #fail(why: string): never {
    throw new Error(`${this.#name}:${this.#line}: ${why}`);
  }

  #statement(line: string): void {
    const [head = "", ...rest] = tokens(line);
    switch (head) {
      case "repeat":
        return this.#repeat(rest[0] ?? "");
      case "end":
        return this.#end();
      case "trap":
        this.#body.push("unreachable");
        return;
      case "grow":
        return this.#expect(`(memory.grow (i32.const ${rest[0]}))`, [Number(rest[2])]);
      case "store":
        this.#body.push(
          `(i32.store ${this.#number(rest[0] ?? "", "i32")} ${this.#number(rest[1] ?? "", "i32")})`,
        );
        return;
      case "check":
        return this.#expect(this.#number(rest[0] ?? "", "i32"), [this.#value(rest[1] ?? "")]);
      case "same":
        return this.#same(rest[0] ?? "", text(rest[1] ?? ""));
      case "attack":
        return this.#call(rest[0] ?? "", rest.slice(1), 1000);
      default:
        return this.#call(head, rest);
    }
  }

  #repeat(count: string): void {
    const label = this.#loops++;
    this.#open.push(label);
    this.#body.push(`(local.set $i (i32.const ${count})) (loop $l${label}`);
  }

  #end(): void {
    const label = this.#open.pop();
    this.#body.push(
      `(local.set $i (i32.sub (local.get $i) (i32.const 1))) (br_if $l${label} (local.get $i)))`,
    );
  }

  #same(place: string, bytes: Uint8Array): void {
    bytes.forEach((byte, index) =>
      this.#expect(
        `(i32.load8_u (i32.add ${this.#number(place, "i32")} (i32.const ${index})))`,
        [byte],
      )
    );
  }

  #call(name: string, rest: string[], onSuccess = 0): void {
    const fn = FUNCTIONS.get(name) ?? this.#fail(`there is no ${name}`);
    this.#used.add(name);
    const arrow = rest.indexOf("->");
    const given = (arrow < 0 ? rest : rest.slice(0, arrow)).flatMap((token) => this.#argument(token));
    if (given.length !== fn.parameters.length) {
      this.#fail(`${name} takes ${fn.parameters.length} parameters, ${given.length} are given`);
    }
    const args = fn.parameters.map(({ type }, index) => this.#number(given[index] ?? "", type));
    const call = `(call $${name} ${args.join(" ")})`;
    if (arrow < 0) this.#body.push(fn.results.length > 0 ? `(drop ${call})` : call);
    else {this.#expect(
        call,
        (rest[arrow + 1] ?? "").split("|").map((each) => this.#constant(each)),
        onSuccess,
      );}
  }

  /** Traps would not say where: the guest exits with the line's number instead. */
  #expect(value: string, allowed: readonly number[], onSuccess = 0): void {
    this.#expectations++;
    const place = this.#place("$expected", 4);
    const same = allowed.map((each) => `(i32.eq (i32.load (i32.const ${place})) (i32.const ${each}))`)
      .reduce((a, b) => `(i32.or ${a} ${b})`);
    const code = `(select (i32.const ${this.#line}) (i32.const ${
      this.#line + onSuccess
    }) (i32.load (i32.const ${place})))`;
    this.#body.push(
      `(i32.store (i32.const ${place}) ${value})`,
      `(if (i32.eqz ${same}) (then (call $proc_exit ${code})))`,
    );
  }

  /** A token may stand for two parameters. */
  #argument(token: string): string[] {
    if (token.startsWith('"')) {
      const bytes = text(token);
      return [String(this.#bytes(bytes)), String(bytes.length)];
    }
    if (!token.startsWith("iov:")) return [token];
    const what = token.slice(4);
    const list = this.#nextAt = align(this.#nextAt);
    this.#nextAt += 8;
    const [pointer, length] = what.startsWith('"')
      ? [this.#bytes(text(what)), text(what).length]
      : [this.#address(what), this.#size(what)];
    const head = new Uint8Array(8);
    new DataView(head.buffer).setUint32(0, pointer, true);
    new DataView(head.buffer).setUint32(4, length, true);
    this.#data.push(`(data (i32.const ${list}) "${data(head)}")`);
    return [String(list), "1"];
  }

  #bytes(bytes: Uint8Array): number {
    const at = this.#nextAt;
    this.#nextAt = align(at + bytes.length + 1);
    this.#data.push(`(data (i32.const ${at}) "${data(bytes)}")`);
    return at;
  }

  #number(token: string, type: string): string {
    const load = /^\[(.+)\]$/.exec(token)?.[1];
    if (load !== undefined) return `(${type}.load (i32.const ${this.#address(load)}))`;
    if (token.startsWith("@")) return `(${type}.const ${this.#address(token)})`;
    if (token.startsWith("(")) return token;
    return `(${type}.const ${/^-?\d|^0x/.test(token) ? token : this.#constant(token)})`;
  }

  #value(token: string): number {
    return token.startsWith("@") ? this.#address(token) : Number(token);
  }

  #address(token: string): number {
    const [, name = "", size, offset] = /^@(\w+)(?:\*(\d+))?(?:\+(\d+))?$/.exec(token) ??
      this.#fail(`${token}?`);
    return this.#place(name, Number(size ?? PLACE_BYTES)) + Number(offset ?? 0);
  }

  #size(token: string): number {
    return Number(/\*(\d+)/.exec(token)?.[1] ?? PLACE_BYTES);
  }

  #place(name: string, size: number): number {
    const known = this.#places.get(name);
    if (known !== undefined) return known;
    const at = this.#nextAt;
    this.#nextAt = align(at + size);
    this.#places.set(name, at);
    return at;
  }

  #constant(token: string): number {
    return token.split("|").reduce((bits, part) => {
      const value = /^\d/.test(part) ? Number(part) : CONSTANTS.get(part);
      return bits | (value ?? this.#fail(`${part} is not known`));
    }, 0);
  }
}

const align = (at: number) => Math.ceil(at / 16) * 16;

function importOf(name: string): string {
  const fn = FUNCTIONS.get(name);
  const params = fn?.parameters.map(({ type }) => type).join(" ") ?? "";
  const result = fn && fn.results.length > 0 ? "(result i32)" : "";
  return `(import "wasi_snapshot_preview1" "${name}" (func $${name} (param ${params}) ${result}))`;
}

function tokens(line: string): string[] {
  return line.match(/iov:"(?:[^"\\]|\\.)*"|"(?:[^"\\]|\\.)*"|\([^)]*\)|\S+/g) ?? [];
}

/** A text in quotes with `\0`, `\n`, `\xNN` and `{300*a}` for a repetition. */
function text(token: string): Uint8Array {
  const repeated = token.slice(1, -1).replace(
    /\{(\d+)\*([^}]+)\}/g,
    (_all, count, what) => String(what).repeat(Number(count)),
  );
  const bytes: number[] = [];
  for (let at = 0; at < repeated.length; at++) {
    const hex = /^\\x([0-9a-f]{2})/.exec(repeated.slice(at, at + 4))?.[1];
    if (hex !== undefined) {
      bytes.push(parseInt(hex, 16));
      at += 3;
    } else if (repeated[at] === "\\") {
      at++;
      bytes.push({ "0": 0, n: 10 }[repeated[at] ?? ""] ?? repeated.charCodeAt(at));
    } else bytes.push(...new TextEncoder().encode(repeated[at]));
  }
  return Uint8Array.from(bytes);
}
