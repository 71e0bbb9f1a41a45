/**
 * A fuzzer of the management API: requests made from the host's own OpenAPI document, good ones and broken ones. Whatever
 * is asked, the answer is one that the document knows or a problem of the closed list, never a fault of the host's, and
 * the service beside it goes on.
 *
 *     deno run -A tests/operate/api_fuzz.ts [requests] [seed]
 */
import { assert, assertEquals } from "@std/assert";
import { ERRORS } from "../../runtime/errors.ts";
import { Randomness } from "../../runtime/unit/unit_fuzz.ts";
import { handler } from "../guests/wat.ts";
import { pack, type TestHost, testHost } from "../host/harness.ts";

/** What a run saw: how often each status or code of a problem came. */
export type ApiFuzzReport = Readonly<Record<string, number>>;

/** A schema as JSON Schema writes it, as far as values are made from it. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
}

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly query: readonly string[];
  readonly body: { readonly type: string; readonly schema: Schema } | null;
  readonly statuses: ReadonlySet<string>;
}

const NAMES = ["hello", "api-hello", "first", "ci", "hidden", "0", "1"];
const HOSTILE = [
  "",
  ".",
  "..",
  "../../etc/passwd",
  "a/b",
  "%00",
  "\0",
  "__proto__",
  "constructor",
  "toString",
  "ü€😀",
  "a".repeat(5_000),
  "'; DROP TABLE services; --",
  "<script>",
  "\r\nx: y",
  "-1",
  "1e999",
  "NaN",
];
const ODD: readonly unknown[] = [null, true, -1, 0.5, 1e308, [], {}, [[[]]], { __proto__: null }, "x"];

/** Runs so many requests; throws at the first answer that is not as it should be. */
export async function fuzzApi(requests: number, seed: number): Promise<ApiFuzzReport> {
  const faults: string[] = [];
  await using test = await testHost({ onFault: (error) => faults.push(error.message) });
  await test.deploy("hello", handler({ answer: "well" }));
  const document = await (await test.manage("/berth/v1/openapi.json")).json();
  const operations = operationsOf(document);
  const schemas: Readonly<Record<string, Schema>> = document.components?.schemas ?? {};
  const maker = new Maker(new Randomness(seed), schemas, await tars());
  const counts: Record<string, number> = {};
  for (let n = 0; n < requests; n++) {
    const operation = maker.random.pick(operations);
    const { path, init, shown } = maker.request(operation, test.key);
    const answer = await ask(test, path, init);
    const text = await answer.text();
    const kind = kindOf(operation, answer, text);
    counts[kind] = (counts[kind] ?? 0) + 1;
    assertEquals(
      faults,
      [],
      `${shown} (seed ${seed}, request ${n}) gave ${answer.status} ${text.slice(0, 500)}`,
    );
    assert(
      !kind.startsWith("wrong"),
      `${shown} (seed ${seed}, request ${n}): ${kind}: ${text.slice(0, 500)}`,
    );
    if (n % 50 === 0) await isWell(test);
  }
  await isWell(test);
  return counts;
}

/** Requests that no client can send are no requests. */
async function ask(test: TestHost, path: string, init: RequestInit): Promise<Response> {
  try {
    return await test.call(path, init);
  } catch (error) {
    if (error instanceof TypeError) return new Response("", { status: 200 });
    throw error;
  }
}

async function isWell(test: TestHost): Promise<void> {
  assertEquals((await (await test.call("/healthz")).json()).status, "ok");
  // The service may have been removed or replaced by the fuzzer's own tar: then it is put back.
  const answer = await test.call("/api/hello");
  await answer.body?.cancel();
  if (answer.status !== 200) await test.deploy("hello", handler({ answer: "well" }));
}

function kindOf({ statuses }: Operation, answer: Response, text: string): string {
  const { status } = answer;
  if (status < 300) {
    return statuses.has(String(status)) || text === "" ? String(status) : `wrong status ${status}`;
  }
  if (text === "" && status < 500) return `${status} without a body`; // to HEAD
  const problem = JSON.parse(text);
  const code: unknown = problem.code === undefined || typeof problem.code === "number"
    ? problem.error?.reason
    : problem.code;
  if (typeof code !== "string" || !(code in ERRORS) || code === "internal") return `wrong code ${code}`;
  return code;
}

// deno-lint-ignore no-explicit-any -- a document of JSON; what is missing in it makes fewer requests
function operationsOf({ paths }: any): Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    // deno-lint-ignore no-explicit-any -- as above
    Object.entries(methods as any).map(([method, operation]: [string, any]) => {
      const [type, media] = Object.entries<{ schema?: Schema }>(operation.requestBody?.content ?? {})[0] ??
        [];
      return {
        method: method.toUpperCase(),
        path,
        query: (operation.parameters ?? []).filter((each: { in: string }) => each.in === "query")
          .map((each: { name: string }) => each.name),
        body: type ? { type, schema: media?.schema ?? {} } : null,
        statuses: new Set(Object.keys(operation.responses ?? {})),
      };
    })
  ).filter(({ path, query }) => !(path.endsWith("/logs") && query.includes("endless")));
}

async function tars(): Promise<Uint8Array<ArrayBuffer>[]> {
  const good = await pack("other", handler({ answer: "other" }));
  const asking = await pack("asking", handler(), {
    capabilities: { http: { allow: ["https://a.example"] } },
  });
  return [good, asking, good.slice(0, 1000), new Uint8Array(0), new Uint8Array(2048).fill(0x61)];
}

/** Makes requests. */
class Maker {
  constructor(
    readonly random: Randomness,
    private readonly schemas: Readonly<Record<string, Schema>>,
    private readonly tars: readonly Uint8Array<ArrayBuffer>[],
  ) {}

  request(operation: Operation, key: string) {
    const path = operation.path.replace(/\{\w+\}/g, () => encodeURIComponent(this.#word())) +
      this.#query(operation);
    const headers = new Headers();
    // Wrong keys are limited soon and then show nothing more, so few are sent.
    if (this.#chance(40)) {
      headers.set("authorization", this.random.pick(["", "Bearer", "Bearer x", "Basic eDp5"]));
    } else headers.set("authorization", `Bearer ${key}`);
    if (this.#chance(6)) {
      headers.set("x-client-id", this.random.pick(["other", "berth", "..", "__proto__", "a b"]));
    }
    const method = this.#chance(30) ? this.random.pick(["PATCH", "OPTIONS", "HEAD"]) : operation.method;
    const init: RequestInit = { method, headers };
    if (operation.body && method !== "HEAD") init.body = this.#body(operation.body, headers);
    return { path, init, shown: `${method} ${path.slice(0, 200)}` };
  }

  #chance(oneIn: number): boolean {
    return this.random.below(oneIn) === 0;
  }

  #word(): string {
    return this.#chance(3) ? this.random.pick(HOSTILE) : this.random.pick(NAMES);
  }

  #query({ query }: Operation): string {
    // A log that is followed has no end.
    const names = query.filter((name) => name !== "follow" && this.#chance(2));
    if (this.#chance(10)) names.push("unknown");
    return names.length === 0
      ? ""
      : `?${names.map((name) => `${name}=${encodeURIComponent(this.#word())}`).join("&")}`;
  }

  #body({ type, schema }: { type: string; schema: Schema }, headers: Headers): BodyInit {
    if (type === "multipart/form-data") return this.#form(schema);
    headers.set("content-type", this.#chance(20) ? "text/plain" : type);
    if (this.#chance(15)) {
      return this.random.pick(["", "{", "[".repeat(20_000), "null", "\0", '{"a":1}{"b":2}']);
    }
    return JSON.stringify(this.#value(schema, 0)) ?? "";
  }

  #form(schema: Schema): FormData {
    const form = new FormData();
    if (!this.#chance(10)) form.set("image", new Blob([this.random.pick(this.tars)]), "image.tar");
    if (this.#chance(2)) {
      const options = this.#resolve(schema).properties?.options ?? {};
      form.set(
        "options",
        this.#chance(8) ? this.random.pick(HOSTILE) : JSON.stringify(this.#value(options, 0)) ?? "",
      );
    }
    if (this.#chance(10)) form.set(this.random.pick(HOSTILE) || "x", "y");
    return form;
  }

  #resolve(schema: Schema): Schema {
    const name = schema.$ref?.split("/").at(-1);
    return name === undefined ? schema : this.schemas[name] ?? {};
  }

  /** Mostly what the schema wants, sometimes something else. */
  #value(asked: Schema, depth: number): unknown {
    const schema = this.#resolve(asked);
    if (this.#chance(12)) return this.random.pick(ODD);
    if (schema.const !== undefined) return schema.const;
    if (schema.enum) return this.random.pick(schema.enum);
    if (schema.anyOf) return this.#value(this.random.pick(schema.anyOf), depth);
    if (depth > 4) return null;
    switch (schema.type) {
      case "object":
        return this.#object(schema, depth);
      case "array":
        return Array.from({ length: this.random.below(3) }, () => this.#value(schema.items ?? {}, depth + 1));
      case "integer":
      case "number":
        return this.random.pick([0, 1, 2, 1000, -1, 2 ** 53, 0.1]);
      case "boolean":
        return this.#chance(2);
      case "string":
        return this.#word();
      default:
        return this.random.pick(ODD);
    }
  }

  #object({ properties = {}, additionalProperties }: Schema, depth: number): unknown {
    const made = Object.entries(properties).filter(() => !this.#chance(3))
      .map(([name, schema]): [string, unknown] => [name, this.#value(schema, depth + 1)]);
    if (typeof additionalProperties === "object") {
      made.push([this.#word(), this.#value(additionalProperties, depth + 1)]);
    }
    if (this.#chance(10)) made.push([this.#word(), 1]);
    return Object.fromEntries(made);
  }
}

if (import.meta.main) {
  const seed = Number(Deno.args[1] ?? Date.now() % 1_000_000);
  console.log("seed", seed, await fuzzApi(Number(Deno.args[0] ?? 5_000), seed));
}
