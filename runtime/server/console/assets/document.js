/** Reading OpenAPI documents. A service's own document is foreign: whatever it holds must not break the page. */

/**
 * @typedef {Record<string, unknown>} Json
 * @typedef {{ method: string, path: string, id: string, tag: string, summary: string, description: string, deprecated: boolean,
 *   parameters: Json[], body: { type: string, schema: Json } | null, bodyRequired: boolean,
 *   answers: { status: string, description: string, type: string, schema: Json | null }[], security: string }} Operation
 */

const METHODS = ["get", "post", "put", "patch", "delete", "head", "options"];
const OPERATIONS_MAX_COUNT = 500;
const DEPTH_MAX = 6;

/** @param {unknown} value @returns {Json} */
export const object = (value) =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? /** @type {Json} */ (value) : {};

/** @param {unknown} value */
export const text = (value) => typeof value === "string" ? value : "";

/** @param {unknown} value @returns {unknown[]} */
const list = (value) => Array.isArray(value) ? value : [];

/**
 * What a reference of this document points to; anything else as it is.
 * @param {Json} document
 * @param {unknown} value
 * @returns {Json}
 */
export function resolve(document, value) {
  let found = object(value);
  for (let hops = 0; hops < DEPTH_MAX && typeof found.$ref === "string"; hops++) {
    if (!found.$ref.startsWith("#/")) return {};
    /** @type {unknown} */
    let at = document;
    for (const part of found.$ref.slice(2).split("/")) {
      const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
      at = Object.hasOwn(object(at), key) ? object(at)[key] : undefined;
    }
    found = object(at);
  }
  return found;
}

/**
 * All operations, in the document's order.
 * @param {Json} document
 * @returns {Operation[]}
 */
export function operations(document) {
  /** @type {Operation[]} */
  const found = [];
  for (const [path, item] of Object.entries(object(document.paths))) {
    const shared = list(object(item).parameters);
    for (const method of METHODS) {
      const operation = object(object(item)[method]);
      if (object(item)[method] === undefined || found.length >= OPERATIONS_MAX_COUNT) continue;
      found.push(operationOf(document, path, method, operation, shared));
    }
  }
  return found;
}

/**
 * @param {Json} document
 * @param {string} path
 * @param {string} method
 * @param {Json} operation
 * @param {unknown[]} shared
 * @returns {Operation}
 */
function operationOf(document, path, method, operation, shared) {
  const body = resolve(document, operation.requestBody);
  const [type = "", media] = Object.entries(object(body.content))[0] ?? [];
  return {
    method: method.toUpperCase(),
    path,
    id: text(operation.operationId) || `${method} ${path}`,
    tag: text(list(operation.tags)[0]),
    summary: text(operation.summary),
    description: text(operation.description),
    deprecated: operation.deprecated === true,
    parameters: [...shared, ...list(operation.parameters)].map((parameter) => resolve(document, parameter)),
    body: type === "" ? null : { type, schema: object(object(media).schema) },
    bodyRequired: body.required === true,
    answers: Object.entries(object(operation.responses)).map(([status, value]) => {
      const answer = resolve(document, value);
      const [answerType = "", answerMedia] = Object.entries(object(answer.content))[0] ?? [];
      return {
        status,
        description: text(answer.description),
        type: answerType,
        schema: answerMedia === undefined ? null : object(object(answerMedia).schema),
      };
    }),
    security: securityOf(document, operation),
  };
}

/** @param {Json} document @param {Json} operation */
function securityOf(document, operation) {
  const needed = list(operation.security ?? document.security);
  return needed.map((entry) =>
    Object.entries(object(entry)).map(([name, scopes]) => [name, ...list(scopes)].join(" ")).join(" and ")
  )
    .filter((entry) => entry !== "").join(" or ");
}

/**
 * An example of a schema: its own, or one made of its properties.
 * @param {Json} document
 * @param {unknown} schema
 * @param {number} [depth]
 * @returns {unknown}
 */
export function example(document, schema, depth = 0) {
  const shape = resolve(document, schema);
  if (shape.example !== undefined) return shape.example;
  if (list(shape.examples).length > 0) return list(shape.examples)[0];
  if (shape.default !== undefined) return shape.default;
  if (shape.const !== undefined) return shape.const;
  if (list(shape.enum).length > 0) return list(shape.enum)[0];
  const other = list(shape.anyOf)[0] ?? list(shape.oneOf)[0] ?? list(shape.allOf)[0];
  if (depth >= DEPTH_MAX) return null;
  if (other !== undefined) return example(document, other, depth + 1);
  const type = Array.isArray(shape.type) ? shape.type[0] : shape.type;
  if (type === "object" || shape.properties !== undefined) {
    return Object.fromEntries(
      Object.entries(object(shape.properties)).slice(0, 50).map((
        [name, value],
      ) => [name, example(document, value, depth + 1)]),
    );
  }
  if (type === "array") return shape.items === undefined ? [] : [example(document, shape.items, depth + 1)];
  return { string: "text", integer: 0, number: 0, boolean: true }[String(type)] ?? null;
}

/**
 * A schema in a line: `string`, `array of Service`, `object`.
 * @param {Json} document
 * @param {unknown} schema
 * @returns {string}
 */
export function typeName(document, schema) {
  const given = object(schema);
  if (typeof given.$ref === "string") return given.$ref.split("/").at(-1) ?? "";
  if (list(given.enum).length > 0) return list(given.enum).map((value) => JSON.stringify(value)).join(" | ");
  if (given.const !== undefined) return JSON.stringify(given.const);
  const choices = list(given.anyOf ?? given.oneOf);
  if (choices.length > 0) return choices.slice(0, 8).map((choice) => typeName(document, choice)).join(" | ");
  if (given.type === "array") return `array of ${typeName(document, given.items) || "anything"}`;
  return list(given.type).length > 0 ? list(given.type).join(" | ") : text(given.type);
}
