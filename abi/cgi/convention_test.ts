import { assertEquals } from "@std/assert";
import type { Exchange, GuestInstance } from "../abi.ts";
import { CGI_CONVENTION } from "./convention.ts";

Deno.test("a WebSocket connection is refused, and the program does not run for it", () => {
  const answers: number[] = [];
  const exchange = { event: "websocket.open", respond: (status: number) => answers.push(status) };
  // The refusal looks at nothing else.
  CGI_CONVENTION.handle({} as GuestInstance, exchange as unknown as Exchange);
  assertEquals(answers, [501]);
});
