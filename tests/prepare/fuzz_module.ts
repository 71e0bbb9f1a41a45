/**
 * Random valid modules that end: every function entry and loop header takes one from a global store of fuel and traps
 * when it is empty, in the original and in the prepared module alike.
 */
import { OPCODES } from "../../runtime/unit/prepare/opcodes.ts";
import { body, F32, F64, func, FUNCREF, I32, I64, s, str, u, wasm } from "./builder.ts";
import { opcodeBytes } from "./opcode_cases.ts";
import type { Random } from "./random.ts";

type Type = "i" | "I" | "f" | "F";

interface Signature {
  readonly params: readonly Type[];
  readonly results: readonly Type[];
}

/** A random module and how to call it. */
export interface FuzzModule {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Exported as `f0`, `f1` … */
  readonly functions: readonly Signature[];
}

const BYTE: Readonly<Record<Type, number>> = { i: I32, I: I64, f: F32, F: F64 };
const ALL: readonly Type[] = ["i", "I", "f", "F"];
const FUEL = 2000;
const FUEL_GLOBAL = 0;
const TABLE_ENTRIES = 8;

/** Plain instructions by result; their parameters follow from the signature. */
const PLAIN = ALL.map((type) =>
  OPCODES.filter(({ signature, immediates }) =>
    immediates === "-" && signature.endsWith(`:${type}`) && !/[v*]/.test(signature)
  )
);
const LOADS = ALL.map((type) =>
  OPCODES.filter(({ signature, immediates, prefix }) =>
    prefix === 0 && immediates === "memarg" && signature === `i:${type}`
  )
);
const STORES = OPCODES.filter(({ signature, immediates, prefix }) =>
  prefix === 0 && immediates === "memarg" && /^i.:$/.test(signature)
);

/** Makes a module from random numbers. */
export function fuzzModule(random: Random): FuzzModule {
  const some = (most: number) => Array.from({ length: random.below(most + 1) }, () => random.pick(ALL));
  const types: Signature[] = Array.from({ length: 4 }, () => ({ params: some(3), results: some(2) }));
  const legacy = random.oneIn(2);
  const count = 3 + random.below(5);
  const functionTypes = Array.from({ length: count }, () => random.below(types.length));
  const functions = functionTypes.map((type) => types[type] ?? { params: [], results: [] });
  const bodies = functions.map((own) => new Maker(random, types, functionTypes, own, legacy).function());
  const bytes = wasm([
    [1, [
      ...types.map(({ params, results }) => func(params.map((t) => BYTE[t]), results.map((t) => BYTE[t]))),
      func([], []),
    ]],
    [3, functionTypes.map((type) => u(type))],
    [4, [[FUNCREF, 0, TABLE_ENTRIES]]],
    // Four pages together, which is the limit that the fuzzer sets.
    [5, random.oneIn(2) ? [[1, 1, 3], [1, 1, 1]] : [[1, 1, 3]]],
    [13, [[0, ...u(types.length)]]],
    [6, [
      [I32, 1, ...[0x41, ...s(FUEL)], 0x0b],
      [I32, 1, 0x41, 5, 0x0b],
      [I64, 1, 0x42, 6, 0x0b],
      [F32, 1, 0x43, 0, 0, 0, 0x40, 0x0b],
      [F64, 1, 0x44, 0, 0, 0, 0, 0, 0, 0, 0x40, 0x0b],
    ]],
    [7, [
      ...functions.map((_, index) => [...str(`f${index}`), 0, ...u(index)]),
      [...str("memory"), 2, 0],
      [...str("fuel"), 3, 0],
    ]],
    [9, [
      [0, 0x41, 0, 0x0b, ...u(count), ...functions.flatMap((_, index) => u(index))],
      [1, 0, 2, 0, 1],
    ]],
    [12, new Uint8Array([2])],
    [10, bodies],
    [11, [[0, 0x41, 10, 0x0b, 5, 1, 2, 3, 4, 5], [1, 6, 9, 8, 7, 6, 5, 4]]],
  ]);
  return { bytes, functions };
}

interface Label {
  readonly types: readonly Type[];
  readonly loop: boolean;
}

class Maker {
  readonly #locals: Type[];
  readonly #labels: Label[] = [];
  #left: number;

  constructor(
    private readonly random: Random,
    private readonly types: readonly Signature[],
    private readonly functionTypes: readonly number[],
    private readonly own: Signature,
    private readonly legacy: boolean,
  ) {
    this.#locals = [...own.params, "i", "I", "f", "F", "i"];
    this.#left = 30 + random.below(120);
  }

  function(): number[] {
    const locals = this.#locals.slice(this.own.params.length).map((type) => [1, BYTE[type]]);
    this.#labels.push({ types: this.own.results, loop: false });
    const code = [...this.#burn(), ...this.#statements(4), ...this.#values(this.own.results, 3)];
    return body(code, locals);
  }

  /** Takes one from the fuel and traps when there is none. */
  #burn(): number[] {
    return [
      0x23,
      FUEL_GLOBAL,
      0x41,
      1,
      0x6b,
      0x24,
      FUEL_GLOBAL,
      0x23,
      FUEL_GLOBAL,
      0x41,
      0,
      0x48,
      0x04,
      0x40,
      0,
      0x0b,
    ];
  }

  #statements(depth: number): number[] {
    const code: number[] = [];
    for (let count = this.random.below(5); count >= 0 && this.#left > 0; count--) {
      code.push(...this.#statement(depth));
    }
    return code;
  }

  #statement(depth: number): number[] {
    this.#left--;
    const leaf = depth === 0;
    switch (this.random.below(leaf ? 6 : 14)) {
      case 0:
        return this.#setLocal();
      case 1: {
        const index = this.random.below(4);
        return [...this.#value(ALL[index] ?? "i", 2), 0x24, index + 1];
      }
      case 2: {
        const store = this.random.pick(STORES);
        const type = (store.signature[1] ?? "i") as Type;
        return [
          ...this.#address(),
          ...this.#value(type, 2),
          ...opcodeBytes(store),
          0,
          ...u(this.random.below(40)),
        ];
      }
      case 3:
        return this.#bulk();
      case 4:
        return this.#branch();
      case 5:
        return this.#call();
      case 6:
      case 7:
        return this.#block(0x02, depth);
      case 8:
      case 9:
      case 10:
        return this.#block(0x03, depth);
      case 11:
      case 12:
        return this.#if(depth);
      default:
        return this.#try(depth);
    }
  }

  #setLocal(): number[] {
    const index = this.random.below(this.#locals.length);
    return [...this.#value(this.#locals[index] ?? "i", 3), 0x21, ...u(index)];
  }

  #address(): number[] {
    if (this.random.oneIn(20)) return this.#value("i", 1);
    return [...this.#value("i", 2), 0x41, ...s(0x3fff), 0x71];
  }

  #small(): number[] {
    return [0x41, ...s(this.random.below(this.random.oneIn(10) ? 100 : 6))];
  }

  #bulk(): number[] {
    const three = () => [...this.#small(), ...this.#small(), ...this.#small()];
    switch (this.random.below(9)) {
      case 0:
        return [...three(), 0xfc, 11, 0];
      case 1:
        return [...three(), 0xfc, 10, 0, 0];
      case 2:
        return [...three(), 0xfc, 8, 1, 0];
      case 3:
        return [...three(), 0xfc, 12, 1, 0];
      case 4:
        return [...three(), 0xfc, 14, 0, 0];
      case 5:
        return this.random.oneIn(6) ? [0xfc, 9, 1] : [0x01];
      case 6:
        return [...this.#small(), 0xd2, ...u(this.random.below(this.functionTypes.length)), 0x26, 0];
      case 7:
        return [0xd0, FUNCREF, 0x41, this.random.below(2), 0xfc, 15, 0, 0x1a];
      default:
        return [0x41, this.random.below(2), 0x40, 0, 0x1a];
    }
  }

  #branch(): number[] {
    const label = this.random.below(this.#labels.length);
    const { types } = this.#labels[this.#labels.length - 1 - label] ?? { types: [] };
    const values = this.#values(types, 2);
    const drops = types.map(() => 0x1a);
    if (types.length === 0 && this.random.oneIn(3)) {
      const empty = this.#labels.map((to, index) => ({ to, index: this.#labels.length - 1 - index }))
        .filter(({ to }) => to.types.length === 0).map(({ index }) => index);
      const labels = Array.from({ length: this.random.below(4) }, () => this.random.pick(empty));
      // A br_table never goes on, so it stands in a block of its own that is not always entered.
      const shifted = [...labels, this.random.pick(empty)].flatMap((index) => u(index + 1));
      return [
        ...this.#value("i", 1),
        0x04,
        0x40,
        ...this.#small(),
        0x0e,
        ...u(labels.length),
        ...shifted,
        0x0b,
      ];
    }
    return [...values, ...this.#value("i", 2), 0x0d, ...u(label), ...drops];
  }

  #call(): number[] {
    const fn = this.random.below(this.functionTypes.length);
    const type = this.functionTypes[fn] ?? 0;
    const { params, results } = this.types[type] ?? { params: [], results: [] };
    const call = this.random.oneIn(2)
      ? [0x10, ...u(fn)]
      : [0x41, this.random.below(TABLE_ENTRIES), 0x11, ...u(type), 0];
    return [...this.#values(params, 2), ...call, ...results.map(() => 0x1a)];
  }

  #within(label: Label, make: () => number[]): number[] {
    this.#labels.push(label);
    const code = make();
    this.#labels.pop();
    return code;
  }

  #block(opcode: number, depth: number): number[] {
    const loop = opcode === 0x03;
    const inside = this.#within({ types: [], loop }, () => {
      const back = loop ? [...this.#value("i", 2), 0x0d, 0] : [];
      return [...(loop ? this.#burn() : []), ...this.#statements(depth - 1), ...back];
    });
    return [opcode, 0x40, ...inside, 0x0b];
  }

  #if(depth: number): number[] {
    const part = () => this.#within({ types: [], loop: false }, () => this.#statements(depth - 1));
    const otherwise = this.random.oneIn(2) ? [0x05, ...part()] : [];
    return [...this.#value("i", 2), 0x04, 0x40, ...part(), ...otherwise, 0x0b];
  }

  #try(depth: number): number[] {
    const thrown = this.random.oneIn(2) ? [...this.#value("i", 1), 0x04, 0x40, 0x08, 0, 0x0b] : [];
    const part = () => this.#within({ types: [], loop: false }, () => this.#statements(depth - 1));
    if (this.legacy) return [0x06, 0x40, ...part(), ...thrown, 0x19, ...part(), 0x0b];
    // Catches to any label that takes nothing, loops too.
    const labels = this.#labels.map((to, index) => ({ to, index: this.#labels.length - 1 - index }))
      .filter(({ to }) => to.types.length === 0);
    if (labels.length === 0) return part().length > 0 ? [0x01] : [];
    return [0x1f, 0x40, 1, 2, ...u(this.random.pick(labels).index), ...part(), ...thrown, 0x0b];
  }

  #values(types: readonly Type[], depth: number): number[] {
    return types.flatMap((type) => this.#value(type, depth));
  }

  #value(type: Type, depth: number): number[] {
    this.#left--;
    const index = ALL.indexOf(type);
    if (depth > 0 && this.#left > 0) {
      switch (this.random.below(6)) {
        case 0:
        case 1: {
          const opcode = this.random.pick(PLAIN[index] ?? []);
          const params = [...opcode.signature.split(":")[0] ?? ""] as Type[];
          return [...this.#values(params, depth - 1), ...opcodeBytes(opcode)];
        }
        case 2: {
          const load = this.random.pick(LOADS[index] ?? []);
          return [...this.#address(), ...opcodeBytes(load), 0, ...u(this.random.below(60))];
        }
        case 3:
          return [
            ...this.#value(type, depth - 1),
            ...this.#value(type, depth - 1),
            ...this.#value("i", 1),
            0x1b,
          ];
      }
    }
    return this.random.oneIn(3) ? [0x23, index + 1] : this.#leaf(type);
  }

  #leaf(type: Type): number[] {
    const locals = this.#locals.flatMap((own, index) => own === type ? [index] : []);
    if (this.random.oneIn(2) && locals.length > 0) return [0x20, ...u(this.random.pick(locals))];
    const number = this.random.below(200) - 100;
    if (type === "i") return [0x41, ...s(number)];
    if (type === "I") return [0x42, ...s(number)];
    const bytes = new Uint8Array(
      type === "f" ? new Float32Array([number / 7]).buffer : new Float64Array([number / 7]).buffer,
    );
    return [type === "f" ? 0x43 : 0x44, ...bytes];
  }
}
