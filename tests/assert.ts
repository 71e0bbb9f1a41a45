/**
 * The names of `@std/assert` that Berth's tests use, over `node:assert/strict`.
 *
 * `deno.json` maps `@std/assert` here because JSR is not reachable from every build machine;
 * where it is, that one line may name `jsr:@std/assert` instead and nothing else changes.
 */
import strict, { AssertionError } from "node:assert/strict";
import { inspect } from "node:util";

export { AssertionError };

/** Fails unless `value` is truthy. */
export function assert(value: unknown, message = "expected a truthy value"): asserts value {
  strict.ok(value, message);
}

/** Fails unless both are deeply equal. */
export function assertEquals<T>(actual: T, expected: T, message?: string): void {
  strict.deepStrictEqual(actual, expected, message);
}

/** Fails if both are deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, message?: string): void {
  strict.notDeepStrictEqual(actual, expected, message);
}

/** Fails unless both are the same value (`Object.is`). */
export function assertStrictEquals<T>(actual: T, expected: T, message?: string): void {
  strict.strictEqual(actual, expected, message);
}

/** Fails on `null` and `undefined`. */
export function assertExists<T>(actual: T, message = "expected a value"): asserts actual is NonNullable<T> {
  strict.ok(actual !== null && actual !== undefined, message);
}

/** Fails unless `actual` contains `expected`. */
export function assertStringIncludes(actual: string, expected: string, message?: string): void {
  strict.ok(
    actual.includes(expected),
    message ?? `expected ${inspect(actual)} to contain ${inspect(expected)}`,
  );
}

/** Fails unless `actual` matches. */
export function assertMatch(actual: string, expected: RegExp, message?: string): void {
  strict.match(actual, expected, message);
}

/** Fails unless `actual > expected`. */
export function assertGreater<T extends number | bigint>(actual: T, expected: T, message?: string): void {
  strict.ok(actual > expected, message ?? `expected ${actual} > ${expected}`);
}

/** Fails unless `actual < expected`. */
export function assertLess<T extends number | bigint>(actual: T, expected: T, message?: string): void {
  strict.ok(actual < expected, message ?? `expected ${actual} < ${expected}`);
}

/** Fails unless `actual` is an instance of `type`. */
export function assertInstanceOf<T>(
  actual: unknown,
  // deno-lint-ignore no-explicit-any -- any constructor, whatever its parameters
  type: abstract new (...args: any[]) => T,
  message?: string,
): asserts actual is T {
  strict.ok(
    actual instanceof type,
    message ?? `expected an instance of ${type.name}, got ${inspect(actual)}`,
  );
}

/** Fails always. */
export function fail(message = "failed"): never {
  strict.fail(message);
}

// deno-lint-ignore no-explicit-any -- any constructor, whatever its parameters
type ErrorType<E> = abstract new (...args: any[]) => E;

function checkError<E>(error: unknown, type?: ErrorType<E>, includes?: string): E {
  if (type) assertInstanceOf(error, type);
  if (includes !== undefined) {
    assertStringIncludes(error instanceof Error ? error.message : String(error), includes);
  }
  return error as E;
}

/** Fails unless `fn` throws (an instance of `type`, a message containing `includes`); gives the error. */
export function assertThrows<E = unknown>(fn: () => unknown, type?: ErrorType<E>, includes?: string): E {
  try {
    fn();
  } catch (error) {
    return checkError(error, type, includes);
  }
  return fail("expected the function to throw");
}

/** Fails unless `fn` rejects (with an instance of `type`, a message containing `includes`); gives the error. */
export async function assertRejects<E = unknown>(
  fn: () => Promise<unknown>,
  type?: ErrorType<E>,
  includes?: string,
): Promise<E> {
  try {
    await fn();
  } catch (error) {
    return checkError(error, type, includes);
  }
  return fail("expected the promise to reject");
}
