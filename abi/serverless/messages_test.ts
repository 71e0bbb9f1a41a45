/** Every message of the table: wrong types, bounds, missing parameters and absent capabilities give the documented error. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { SERVERLESS_CONVENTION } from "./convention.ts";
import { NoAnswerError } from "./error.ts";
import { generatedFiles } from "./generate/files.ts";
import { MESSAGES } from "./table/messages.ts";
import type { MessageParameter, MessageRecord } from "./table/record.ts";
import { codeOf, Puppet, PuppetExchange, type Told } from "./testing.ts";

/** A capability that is there and must not be reached by a malformed message. */
const TRAP = new Proxy({}, {
  get(_target, name) {
    if (name === "close") return () => {};
    throw new TypeError(`a malformed message reached ${String(name)}`);
  },
});
/** The event of each request holds what the guest may see of its configuration. */
const ENV = Object.create(TRAP, { entries: { value: [] } });
/** Its session is opened with the instance; its folders are touched by nobody. */
const FILES = { session: () => ({ mounts: TRAP, snapshot() {}, restore() {}, close() {} }), close() {} };
const ALL = { storage: TRAP, http: TRAP, files: FILES, env: ENV, services: TRAP, websocket: TRAP };

/** Values of every type that a parameter is not. */
const OTHERS: Readonly<Record<MessageParameter["type"], readonly unknown[]>> = {
  text: [1, true, {}, [], Uint8Array.of(65)],
  data: [1, true, {}, []],
  value: [1, true, {}, []],
  "value?": [1, true, {}, []],
  int: ["1", true, {}, [], 1.5, 2 ** 60, NaN],
  bool: [1, "true", {}, []],
  headers: [1, "x", ["a"], [["a"]], [["a", 1]], { "a b": "1" }, { a: "1\r\nb: 2" }, [["", "x"]]],
  map: [1, "x", []],
  fields: [1, "x", []],
  steps: [1, "x", {}, [1], [{}], [{ kind: "move", key: "a" }], [{ kind: "set", key: "" }], [{
    kind: "set",
    key: "k",
    ttlMs: -1,
  }]],
  items: [1],
};

function goodValue({ type, min, oneOf }: MessageParameter): unknown {
  if (oneOf) return oneOf[0];
  const good = {
    text: "x".repeat(min ?? 1),
    data: "x",
    value: "x",
    "value?": "x",
    int: min ?? 1,
    bool: true,
  };
  return type in good ? good[type as keyof typeof good] : type === "fields" || type === "map" ? {} : [];
}

function withParameter(record: MessageRecord, name: string, value: unknown): unknown {
  const entries = record.params.map((one) => [one.name, one.name === name ? value : goodValue(one)] as const);
  if (record.shape === "map") return Object.fromEntries(entries);
  if (record.shape === "pair") return entries.map(([, one]) => one);
  return [entries[0]?.[1], Object.fromEntries(entries.slice(1))];
}

/** Sends one message during a request; gives its answer, through the transport that it has. */
async function send(
  record: MessageRecord,
  params: unknown,
  capabilities: Record<string, unknown>,
): Promise<Told> {
  const puppet = new Puppet({ dialect: record.since === "berth 1" ? "berth" : "messagepack", capabilities });
  let told: Told | undefined;
  puppet.script = async (guest) => {
    if (record.since === "berth 1" || record.answer === "none") {
      told = await guest.call(record.method, params);
    } else guest.request(1, record.method, params);
  };
  try {
    await SERVERLESS_CONVENTION.handle(puppet.guest, new PuppetExchange());
  } catch (error) {
    if (!(error instanceof NoAnswerError)) throw error;
  }
  told ??= puppet.told[0];
  return told ?? { session: 0, method: "none", params: {} };
}

for (const record of MESSAGES as readonly MessageRecord[]) {
  Deno.test(`${record.method}: a parameter of a wrong type or out of bounds is refused`, async () => {
    for (const parameter of record.params) {
      for (const wrong of OTHERS[parameter.type]) {
        const told = await send(record, withParameter(record, parameter.name, wrong), ALL);
        assertEquals(
          codeOf(told),
          "invalid",
          `${parameter.name} = ${JSON.stringify(wrong)}: ${JSON.stringify(told)}`,
        );
      }
      if (parameter.default === undefined) {
        const told = await send(record, withParameter(record, parameter.name, null), ALL);
        assertEquals(codeOf(told), "invalid");
        assertStringIncludes(JSON.stringify(told.params), parameter.name);
      }
      if (parameter.type === "int") await checkBounds(record, parameter);
      if (parameter.type === "text" && typeof parameter.max === "number" && !parameter.oneOf) {
        const long = await send(
          record,
          withParameter(record, parameter.name, "x".repeat(parameter.max + 1)),
          ALL,
        );
        assertEquals(codeOf(long), "too-large");
      }
    }
  });

  if (record.capability !== null) {
    Deno.test(`${record.method}: denied without the ${record.capability} capability, naming its line`, async () => {
      const params = record.shape === "nil" ? null : withParameter(record, "", null);
      const told = await send(record, params, {});
      assertEquals(codeOf(told), "denied");
      assertStringIncludes(JSON.stringify(told.params), `\\"${record.capability}\\"`);
    });
  }
}

async function checkBounds(record: MessageRecord, parameter: MessageParameter): Promise<void> {
  for (const value of [(parameter.min ?? 0) - 1, Number(parameter.max ?? 0) + 1]) {
    const told = await send(record, withParameter(record, parameter.name, value), ALL);
    assertEquals(codeOf(told), "invalid", `${parameter.name} = ${value}`);
  }
}

Deno.test("methods and parameters have one record each", () => {
  const methods = MESSAGES.map(({ method }) => method);
  assertEquals(new Set(methods).size, methods.length);
  for (const { params } of MESSAGES as readonly MessageRecord[]) {
    const names = params.map(({ name }) => name);
    assertEquals(new Set(names).size, names.length);
  }
});

Deno.test("every generated file is what the table says now", async () => {
  const root = new URL("../../", import.meta.url);
  for (const [path, text] of generatedFiles(root)) {
    assertEquals(
      await Deno.readTextFile(new URL(path, root)),
      text,
      `${path} is old: run deno task generate`,
    );
  }
});
