/** A viewer of OpenAPI documents: the host's own and those that services bring. */
import { call } from "./api.js";
import { example, object, operations, text, typeName } from "./document.js";
import { h } from "./dom.js";
import { empty, field, fillLater } from "./parts.js";
/** @import { Live } from "./live.js" */
/** @import { Json, Operation } from "./document.js" */
/** @import { Page } from "./dom.js" */

const HOST_DOCUMENT = "/berth/v1/openapi.json";

/** @typedef {{ services: { id: string, name: string, version: string, openapi: string | null }[] }} Known */

/**
 * @param {Live} _live
 * @param {string} id of the service whose document is shown; empty for the host's
 * @returns {Page}
 */
export function apiPage(_live, id) {
  const place = h("div");
  const select = h("select", {
    id: "api-source",
    onchange: () =>
      location.hash = select.value === "" ? "#/api" : `#/api/${encodeURIComponent(select.value)}`,
  });
  fillLater(place, content(id, select));
  const element = h(
    "div",
    { class: "page" },
    h(
      "div",
      { class: "page-head" },
      h("h1", null, "API"),
      h("div", { class: "push" }, field("Document", select)),
    ),
    place,
  );
  return { title: "API", element };
}

/** @param {string} id @param {HTMLSelectElement} select */
async function content(id, select) {
  /** @type {Known} */
  const known = await call("/.well-known/berth");
  const documented = known.services.filter(({ openapi }) => openapi !== null);
  select.append(
    h("option", { value: "" }, "Management of this host"),
    ...documented.map((service) => h("option", { value: service.id }, `${service.name} ${service.version}`)),
  );
  select.value = id;
  const url = id === "" ? HOST_DOCUMENT : documented.find((service) => service.id === id)?.openapi;
  if (!url) return empty("api", `${id} brings no OpenAPI document`);
  return view(object(await call(url)), url);
}

/** @param {Json} document @param {string} url */
function view(document, url) {
  const info = object(document.info);
  /** @type {Map<string, Operation[]>} */
  const groups = new Map();
  for (const operation of operations(document)) {
    groups.set(operation.tag, [...(groups.get(operation.tag) ?? []), operation]);
  }
  return h(
    "div",
    null,
    h(
      "div",
      { class: "api-head" },
      h("p", null, h("strong", null, text(info.title)), ` ${text(info.version)}`),
      h("p", { class: "faint" }, text(info.description)),
      h("p", { class: "faint" }, "OpenAPI ", text(document.openapi), " at ", h("code", null, url)),
    ),
    [...groups].map(([tag, found]) =>
      h(
        "section",
        { class: "api-group", "aria-label": tag || "Operations" },
        h("h2", null, tag || "Operations"),
        found.map((operation) => operationView(document, operation)),
      )
    ),
  );
}

/** @param {Json} document @param {Operation} operation */
function operationView(document, operation) {
  const { method, path, summary, deprecated, description, parameters, body, answers, security } = operation;
  return h(
    "details",
    { class: "operation" },
    h(
      "summary",
      null,
      h("span", { class: "method", "data-method": method }, method),
      h("code", null, path),
      h("span", { class: "operation-summary" }, summary),
      deprecated ? h("span", { class: "chip" }, "deprecated") : null,
    ),
    h(
      "div",
      { class: "operation-body" },
      description ? h("p", null, description) : null,
      security ? h("p", { class: "faint" }, `Needs ${security}`) : h("p", { class: "faint" }, "Needs no key"),
      parameterTable(document, parameters),
      body
        ? [
          h("h3", null, "Body ", h("span", { class: "faint" }, body.type)),
          schemaView(document, body.schema),
        ]
        : null,
      h("h3", null, "Answers"),
      answers.map((answer) =>
        h(
          "details",
          { class: "answer-row" },
          h(
            "summary",
            null,
            h("span", { class: "status", "data-tone": tone(answer.status) }, answer.status),
            ` ${answer.description} `,
            h("span", { class: "faint" }, answer.type),
          ),
          answer.schema
            ? schemaView(document, answer.schema)
            : h("p", { class: "faint" }, "Without a body that is described."),
        )
      ),
    ),
  );
}

/** @param {string} status */
const tone = (status) => status.startsWith("2") ? "good" : status.startsWith("5") ? "bad" : "warn";

/** @param {Json} document @param {Json[]} parameters */
function parameterTable(document, parameters) {
  if (parameters.length === 0) return null;
  return [
    h("h3", null, "Parameters"),
    h(
      "dl",
      { class: "pairs parameters" },
      parameters.map((parameter) =>
        h(
          "div",
          null,
          h(
            "dt",
            null,
            h("code", null, text(parameter.name)),
            h(
              "span",
              { class: "faint" },
              ` ${text(parameter.in)}${parameter.required === true ? ", required" : ""}`,
            ),
          ),
          h(
            "dd",
            null,
            h("code", null, typeName(document, parameter.schema)),
            ` ${text(parameter.description)}`,
          ),
        )
      ),
    ),
  ];
}

/** @param {Json} document @param {Json} schema */
function schemaView(document, schema) {
  const name = typeName(document, schema);
  return h(
    "div",
    { class: "schema" },
    name ? h("p", { class: "faint" }, name) : null,
    h("pre", { tabindex: "0" }, h("code", null, JSON.stringify(example(document, schema), null, 2))),
  );
}
