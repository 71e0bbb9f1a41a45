/** Decodes the parameters of a message by its record: types, bounds and defaults, each failure with its text. */
import type { AbiLimits } from "../limits.ts";
import type { CapabilityLimits } from "../../capabilities/limits.ts";
import { MessageError } from "./error.ts";
import { decodeHeaders, decodeSteps } from "./lists.ts";
import type { Reader } from "./msgpack/reader.ts";
import type { Bound, MessageParameter, MessageRecord } from "./table/record.ts";

/** The limits that bounds may name. */
export type MessageLimits = AbiLimits & CapabilityLimits;

/** Parameters by name, checked; typed by the caller through the record. */
export type DecodedParameters = Record<string, unknown>;

/**
 * Reads `params` where the reader stands. Unknown members are passed over, so that a newer guest works.
 * Throws {@link MessageError} on anything that is not as the record says.
 */
export function decodeParameters(
  reader: Reader,
  record: MessageRecord,
  limits: MessageLimits,
): DecodedParameters {
  const found: DecodedParameters = {};
  switch (record.shape) {
    case "map":
      if (!reader.nil()) readMembers(reader, record, record.params, limits, found);
      break;
    case "nil":
      reader.skip();
      break;
    case "list":
    case "pair":
      readList(reader, record, limits, found);
      break;
  }
  for (const parameter of record.params) {
    if (found[parameter.name] !== undefined) continue;
    if (parameter.default === undefined) {
      throw new MessageError("invalid", `${record.method}: "${parameter.name}" is missing`);
    }
    found[parameter.name] = parameter.default;
  }
  return found;
}

function readList(reader: Reader, record: MessageRecord, limits: MessageLimits, found: DecodedParameters) {
  const count = reader.list();
  const [first, ...others] = record.params;
  for (let index = 0; index < count; index++) {
    const parameter = index === 0 ? first : record.shape === "pair" ? others[index - 1] : undefined;
    if (parameter) readOne(reader, record, parameter, limits, found);
    else if (index === 1 && record.shape === "list" && reader.type() === "map") {
      readMembers(reader, record, others, limits, found);
    } else reader.skip(1);
  }
}

function readMembers(
  reader: Reader,
  record: MessageRecord,
  parameters: readonly MessageParameter[],
  limits: MessageLimits,
  found: DecodedParameters,
): void {
  for (let left = reader.map(); left > 0; left--) {
    const name = reader.text();
    const parameter = parameters.find((candidate) => candidate.name === name);
    if (parameter) readOne(reader, record, parameter, limits, found);
    else reader.skip(1);
  }
}

function readOne(
  reader: Reader,
  record: MessageRecord,
  parameter: MessageParameter,
  limits: MessageLimits,
  found: DecodedParameters,
): void {
  try {
    if (reader.nil()) {
      if (parameter.type === "value?") found[parameter.name] = null;
      return;
    }
    found[parameter.name] = readValue(reader, parameter, limits);
  } catch (error) {
    if (!(error instanceof MessageError)) throw error;
    throw new MessageError(error.code, `${record.method}: "${parameter.name}": ${error.message}`);
  }
}

function readValue(reader: Reader, parameter: MessageParameter, limits: MessageLimits): unknown {
  const max = bound(parameter.max, limits);
  switch (parameter.type) {
    case "text":
      return readText(reader, parameter, max);
    case "data":
      checkLength(reader.range(), parameter.min, max);
      return reader.bytes.subarray(reader.start, reader.stop);
    case "value":
    case "value?": {
      const isText = reader.type() === "text";
      checkLength(reader.range(), parameter.min, max);
      return isText ? reader.rangeText() : reader.bytes.slice(reader.start, reader.stop);
    }
    case "int":
      return readInt(reader, parameter, max);
    case "bool":
      return reader.bool();
    case "headers":
      return decodeHeaders(reader, max);
    case "map":
    case "fields":
      return readFields(reader, max);
    case "steps":
      return decodeSteps(reader, max, limits);
    case "items":
      throw new MessageError("invalid", "is no parameter type");
  }
}

function bound(max: Bound | undefined, limits: MessageLimits): number {
  return typeof max === "string" ? limits[max] : max ?? Number.MAX_SAFE_INTEGER;
}

function checkLength(length: number, min: number | undefined, max: number): void {
  if (length > max) throw new MessageError("too-large", `${length} bytes; at most ${max} are allowed`);
  if (min !== undefined && length < min) {
    throw new MessageError(
      "invalid",
      length === 0 ? "is empty" : `${length} bytes; at least ${min} are needed`,
    );
  }
}

function readText(reader: Reader, parameter: MessageParameter, max: number): string {
  if (reader.type() !== "text") reader.text(); // throws, naming what it found
  checkLength(reader.range(), parameter.min, max);
  const text = reader.rangeText();
  if (parameter.oneOf && !parameter.oneOf.includes(text)) {
    throw new MessageError("invalid", `is none of ${parameter.oneOf.join(", ")}`);
  }
  return text;
}

function readInt(reader: Reader, parameter: MessageParameter, max: number): number {
  const value = reader.int();
  const min = parameter.min ?? Number.MIN_SAFE_INTEGER;
  if (value < min || value > max) {
    throw new MessageError("invalid", `is ${value}; from ${min} to ${max} is allowed`);
  }
  return value;
}

function readFields(reader: Reader, max: number): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  const count = reader.map();
  if (count > max) throw new MessageError("too-large", `${count} entries; at most ${max} are allowed`);
  for (let left = count; left > 0; left--) {
    const name = reader.text();
    // A plain object is logged and posted; this name would set its prototype instead.
    if (name === "__proto__") reader.skip(2);
    else fields[name] = reader.any(2);
  }
  return fields;
}
