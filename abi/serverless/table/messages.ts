/** All messages of the serverless ABI in one table, and the types that follow from it. */
import { REQUEST_MESSAGES } from "./berth.ts";
import { WORLD_MESSAGES } from "./berth_world.ts";
import { MIMIK_MESSAGES } from "./mimik.ts";
import type { MessageRecord, ParametersOf, ResultOf } from "./record.ts";

/** The table, oldest version first. */
export const MESSAGES = [
  ...MIMIK_MESSAGES,
  ...REQUEST_MESSAGES,
  ...WORLD_MESSAGES,
] as const satisfies readonly MessageRecord[];

type Entry = (typeof MESSAGES)[number];

/** The method of a message. */
export type Method = Entry["method"];

/** The record of a method. */
export type RecordOf<M extends Method> = Extract<Entry, { method: M }>;

/** The parameters of a method, as its handler gets them. */
export type Parameters<M extends Method> = ParametersOf<RecordOf<M>>;

/** The result of a method, as its handler gives it. */
export type Result<M extends Method> = ResultOf<RecordOf<M>>;

/** The record of a method by name; `undefined` when no version has it. */
export const MESSAGE_BY_METHOD: ReadonlyMap<string, MessageRecord> = new Map(
  MESSAGES.map((record) => [record.method, record]),
);
