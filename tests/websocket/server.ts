/** A host that listens, for tests of WebSockets. */
import type { HostOptions } from "../../runtime/host.ts";
import { type FrontName, listenHost } from "../../runtime/server/serve.ts";
import { type TestHost, testHost } from "../host/harness.ts";
import { order, said } from "../services/puppet.ts";

/** A test of the same behaviour behind either server. */
export function onBothFronts(name: string, run: (front: FrontName) => Promise<void>): void {
  for (const front of ["fast", "safe"] as const) Deno.test(`${name} (${front} front)`, () => run(front));
}

/** A host that listens. */
export async function listening(
  front: FrontName,
  options: Partial<HostOptions> = {},
): Promise<{ test: TestHost; origin: string } & AsyncDisposable> {
  const test = await testHost(options);
  const server = await listenHost(test.host, { hostname: "127.0.0.1", port: 0, front });
  return {
    test,
    origin: server.origin,
    async [Symbol.asyncDispose]() {
      await test[Symbol.asyncDispose]();
      await server.stop(0);
    },
  };
}

/** Has a service send a message of the ABI, by HTTP. */
export async function have(origin: string, service: string, method: string, params: unknown) {
  const answer = await fetch(`${origin}/api/${service}`, { method: "POST", body: order(method, params) });
  return said(await answer.bytes());
}
