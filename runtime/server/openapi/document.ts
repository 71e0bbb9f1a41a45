/** The OpenAPI 3.1 document of the management API, made from the tables of operations and replies. */
import { z } from "zod";
import { VERSION } from "../../version.ts";
import { type Answer, type Operation, OPERATIONS } from "./operations.ts";
import * as replies from "./replies.ts";

type Json = Record<string, unknown>;

const SCHEMAS = "#/components/schemas/";

/** The document; the same on every host of a version. */
export function openApiDocument(): Json {
  const paths: Record<string, Json> = {};
  for (const operation of OPERATIONS) {
    (paths[operation.path] ??= {})[operation.method] = operationJson(operation);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Berth management API",
      version: VERSION,
      description: "Deploys, operates and observes the services of one device. " +
        "What lies below /mcm/v1 and /jsonrpc/v1 is what mimOE's clients call.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/", description: "The host that serves this document" }],
    tags: [
      { name: "Services", description: "Deploy, look after, roll back, remove" },
      { name: "Host", description: "The device" },
      { name: "Observe", description: "Health, metrics, discovery" },
      { name: "mimOE", description: "As mimOE's clients know it" },
    ],
    paths,
    components: { schemas: componentSchemas(), securitySchemes: SECURITY },
  };
}

const SECURITY = {
  key: {
    type: "http",
    scheme: "bearer",
    description:
      "The API key of the host, or a token. Its scopes are read, deploy and admin; admin allows everything.",
  },
} as const;

function componentSchemas(): Json {
  const registry = z.registry<{ id: string; description?: string }>();
  for (const schema of Object.values(replies)) {
    const meta = schema.meta();
    if (meta?.id) {
      registry.add(schema, { id: meta.id, ...(meta.description ? { description: meta.description } : {}) });
    }
  }
  const { schemas } = z.toJSONSchema(registry, { uri: (id) => SCHEMAS + id, io: "output" });
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, embedded(schema as Json)]));
}

/** A schema inside of the document: the dialect and the id belong to whole documents. */
function embedded({ $schema: _, $id: __, ...schema }: Json): Json {
  return schema;
}

/** A request's schema, written out where it stands. */
const requestSchema = (schema: z.ZodType): Json =>
  schema.meta()?.id ? reference(schema) : embedded(z.toJSONSchema(schema, { io: "input" }) as Json);

const reference = (schema: z.ZodType): Json => ({ $ref: SCHEMAS + schema.meta()?.id });

function operationJson(operation: Operation): Json {
  const { method, path, tag, summary, description, needs } = operation;
  const parameters = parametersJson(operation);
  const body = bodyJson(operation);
  return {
    operationId: `${method}${path.replace(/[^A-Za-z0-9]+(.)?/g, (_, next = "") => next.toUpperCase())}`,
    tags: [tag],
    summary,
    ...(description ? { description } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: body } : {}),
    responses: {
      ...Object.fromEntries(
        Object.entries(operation.answers).map(([status, answer]) => [status, answerJson(answer)]),
      ),
      ...(needs === "none" ? {} : { default: errorJson(path) }),
    },
    security: securityOf(needs),
  };
}

function securityOf(needs: Operation["needs"]): Json[] {
  if (needs === "none") return [];
  // An empty requirement says that it also works without a key.
  if (needs === "local") return [{ key: ["read"] }, {}];
  return [{ key: needs === "key" ? [] : [needs] }];
}

function parametersJson({ path, query = {} }: Operation): Json[] {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    description: name === "name" ? "Its name." : "The id, or the name among those of the caller's client.",
    schema: { type: "string" },
  }));
  const inQuery = Object.entries(query).map(([name, { description, example }]) => ({
    name,
    in: "query",
    description,
    schema: { type: "string" },
    example,
  }));
  return [...inPath, ...inQuery];
}

function bodyJson({ json, form }: Operation): Json | null {
  if (json) return { required: true, content: { "application/json": { schema: requestSchema(json) } } };
  if (form === undefined) return null;
  const properties = {
    image: {
      type: "string",
      contentMediaType: "application/x-tar",
      description: "The tar; gzip and zstd too.",
    },
    ...(form ? { options: requestSchema(form) } : {}),
  };
  return {
    required: true,
    content: {
      "multipart/form-data": {
        schema: { type: "object", required: ["image"], properties },
        ...(form ? { encoding: { options: { contentType: "application/json" } } } : {}),
      },
    },
  };
}

function answerJson({ description, schema, type = "application/json" }: Answer): Json {
  return { description, content: { [type]: schema ? { schema: reference(schema) } : {} } };
}

function errorJson(path: string): Json {
  const mimoe = /^\/(mcm|jsonrpc)\//.test(path);
  return {
    description: "An error, with its cause and what to do",
    content: mimoe
      ? { "application/json": { schema: reference(replies.mimoeError) } }
      : { "application/problem+json": { schema: reference(replies.problem) } },
  };
}
