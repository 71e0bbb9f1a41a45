/** How a message of the serverless ABI is described. The records are data: see `messages.ts`. */
import type { CapabilityName } from "../../../capabilities/capability.ts";
import type { CapabilityLimits } from "../../../capabilities/limits.ts";
import type { AbiLimits } from "../../limits.ts";

/** The first version that has a message. Final versions are never edited. */
export type Since = "1.0.0" | "2.0.0" | "2.0.1" | "berth 1";

/** A name–value pair of a header; repeated names repeat here. */
export type HeaderPair = readonly [name: string, value: string];

/** One step of `storage.batch`, as it comes. */
export interface BatchStep {
  readonly kind: "set" | "remove";
  readonly key: string;
  readonly value: string | Uint8Array;
  readonly tag: string;
  readonly ttlMs: number;
}

/**
 * The types of parameters and results.
 * - `data`: text or binary, taken as bytes: a view of guest memory that holds until the handler returns;
 * - `value`: text or binary, told apart;
 * - `value?`: the same or nil;
 * - `headers`: list of `[name, value]`, or a map of name to value or list of values;
 * - `map`: map of text to text; `fields`: map of text to anything;
 * - `items`, `steps`: the lists of storage.
 */
export interface MessageTypes {
  readonly text: string;
  readonly data: Uint8Array;
  readonly value: string | Uint8Array;
  readonly "value?": string | Uint8Array | null;
  readonly int: number;
  readonly bool: boolean;
  readonly headers: readonly HeaderPair[];
  readonly map: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly steps: readonly BatchStep[];
  readonly items: readonly { key: string; value: string | Uint8Array; tag: string }[];
}

/** The name of a type. */
export type MessageType = keyof MessageTypes;

/** A bound: a number, or the name of the limit that gives it. */
export type Bound = number | keyof AbiLimits | keyof CapabilityLimits;

/** One parameter. */
export interface MessageParameter {
  readonly name: string;
  readonly type: MessageType;
  /** Used when the parameter is absent or nil; without it the parameter must be there. */
  readonly default?:
    | string
    | number
    | boolean
    | null
    | Uint8Array
    | readonly never[]
    | Readonly<Record<string, never>>;
  /** Least number; for text and data the least length in bytes. */
  readonly min?: number;
  /** Greatest number; for text and data the greatest length in bytes; for lists and maps the greatest count. */
  readonly max?: Bound;
  /** The only values allowed. */
  readonly oneOf?: readonly string[];
  readonly meaning: string;
}

/** One member of a result. */
export interface MessageResult {
  readonly name: string;
  readonly type: MessageType;
  readonly meaning: string;
}

/** Who answers how: never; once; or any number of callbacks, whose return value counts. */
export type AnswerKind = "none" | "once" | "many";

/**
 * How the parameters lie in `params`: a map by name; `list`: a list in this order, where the parameters
 * from the second on are members of one map at index 1; `pair`: a list in this order; `nil`: none.
 */
export type ParameterShape = "map" | "list" | "pair" | "nil";

/** One message that a guest may send. */
export interface MessageRecord {
  readonly method: string;
  readonly since: Since;
  readonly summary: string;
  /** The capability without which the answer is `denied`; `null`: none needed. */
  readonly capability: CapabilityName | null;
  /** Whether it needs a request under way; at start-up it is then `invalid`. */
  readonly needsRequest: boolean;
  readonly shape: ParameterShape;
  readonly params: readonly MessageParameter[];
  readonly answer: AnswerKind;
  /** The result: Berth's members, or mimik's callback form `{status, headers, data}`. */
  readonly result: readonly MessageResult[];
  /** Every error by code, with its cause. `invalid` (parameters not as stated) goes without saying. */
  readonly errors: Readonly<Record<string, string>>;
}

/** What a handler gets: the parameters by name. */
export type ParametersOf<R extends MessageRecord> = {
  readonly [P in R["params"][number] as P["name"]]: MessageTypes[P["type"]];
};

/** What a handler gives: the result by name. */
export type ResultOf<R extends MessageRecord> = {
  readonly [P in R["result"][number] as P["name"]]: MessageTypes[P["type"]];
};
