/** The door to JavaScript Promise Integration, which TypeScript's library does not describe yet. */

interface PromiseIntegration {
  // deno-lint-ignore no-explicit-any -- wasm numbers of any type
  readonly Suspending: new (fn: (...args: any[]) => unknown) => object;
  // deno-lint-ignore no-explicit-any -- wasm numbers of any type
  promising(fn: (...args: any[]) => unknown): (...args: any[]) => Promise<unknown>;
}

const integration = WebAssembly as unknown as PromiseIntegration;

/** An import that suspends the guest while the promise it gives is pending. */
// deno-lint-ignore no-explicit-any -- wasm numbers of any type
export function suspending(fn: (...args: any[]) => unknown): WebAssembly.ImportValue {
  return new integration.Suspending(fn) as unknown as WebAssembly.ImportValue;
}

/** An export as a function that gives a promise; inside it suspending imports may wait. */
// deno-lint-ignore no-explicit-any -- wasm numbers of any type
export function promising(fn: (...args: any[]) => unknown): (...args: any[]) => Promise<unknown> {
  return integration.promising(fn);
}
