/** The host's keys, and the record of what was done with them. */
import { call } from "./api.js";
import { fill, h, icon } from "./dom.js";
import { ago } from "./format.js";
import { confirmed, copyButton, field, fillLater, notify, problemBox } from "./parts.js";
/** @import { Page } from "./dom.js" */
/** @import { Action, Key, NewKey } from "../types.ts" */

const SCOPES = /** @type {const} */ ([
  { name: "read", means: "look at services, logs and figures" },
  { name: "deploy", means: "deploy, update and remove services" },
  { name: "admin", means: "everything: approve grants, manage keys" },
]);
const PAGE_COUNT = 50;

/** @returns {Page} */
export function keysPage() {
  const keys = h("div"), record = h("div"), made = h("div", { "aria-live": "polite" });
  const readKeys = () => fillLater(keys, keyList(readAll));
  const readRecord = () => fillLater(record, recordTable());
  const readAll = () => {
    readKeys();
    readRecord();
  };
  readAll();
  const element = h(
    "div",
    { class: "page" },
    h("div", { class: "page-head" }, h("h1", null, "Keys")),
    h(
      "div",
      { class: "two" },
      h(
        "section",
        { class: "panel", "aria-labelledby": "keys" },
        h("h2", { id: "keys" }, "Keys of this host"),
        keys,
      ),
      h(
        "section",
        { class: "panel", "aria-labelledby": "new-key" },
        h("h2", { id: "new-key" }, "A new key"),
        keyForm(made, readAll),
        made,
      ),
    ),
    h(
      "section",
      { class: "panel", "aria-labelledby": "record" },
      h("h2", { id: "record" }, "What was done and refused"),
      record,
    ),
  );
  return { title: "Keys", element };
}

/** @param {() => void} changed */
async function keyList(changed) {
  /** @type {{ keys: Key[] }} */
  const { keys } = await call("/berth/v1/keys");
  /** @param {string} name */
  const remove = async (name) => {
    const sure = await confirmed({
      title: "Remove this key?",
      text: "Whoever uses it is refused from now on.",
      action: "Remove it",
      name,
    });
    if (!sure) return;
    try {
      await call(`/berth/v1/keys/${encodeURIComponent(name)}`, { method: "DELETE" });
      notify(`Removed the key ${name}`);
      changed();
    } catch (error) {
      notify(error instanceof Error ? error.message : String(error), "bad");
    }
  };
  return h(
    "ul",
    { class: "versions" },
    keys.map(({ name, scopes, createdMs }) =>
      h(
        "li",
        null,
        h("strong", null, name),
        scopes.map((scope) => h("span", { class: "chip" }, scope)),
        h("span", { class: "faint" }, `made ${ago(createdMs)}`),
        h("button", {
          class: "button danger quiet push",
          type: "button",
          "aria-label": `Remove the key ${name}`,
          onclick: () => remove(name),
        }, "Remove"),
      )
    ),
  );
}

/**
 * @param {HTMLElement} made where the new key is shown, once
 * @param {() => void} changed
 */
function keyForm(made, changed) {
  const name = h("input", {
    id: "key-name",
    required: true,
    autocomplete: "off",
    spellcheck: "false",
    placeholder: "ci",
  });
  const boxes = SCOPES.map(({ name: scope, means }) => ({
    scope,
    box: h("input", { type: "checkbox", id: `scope-${scope}`, checked: scope === "read" }),
    means,
  }));
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const scopes = boxes.filter(({ box }) => box.checked).map(({ scope }) => scope);
    try {
      /** @type {NewKey} */
      const key = await call("/berth/v1/keys", { method: "POST", json: { name: name.value.trim(), scopes } });
      fill(made, newKey(key));
      name.value = "";
      changed();
    } catch (error) {
      fill(made, problemBox(error));
    }
  };
  return h(
    "form",
    { onsubmit: submit, "aria-label": "A new key" },
    field("Name", name, "Says in the record who it was."),
    h(
      "fieldset",
      { class: "scopes" },
      h("legend", null, "It may"),
      boxes.map(({ scope, box, means }) =>
        h("label", { class: "check" }, box, h("span", null, h("strong", null, scope), ` ${means}`))
      ),
    ),
    h(
      "div",
      { class: "actions" },
      h("button", { class: "button primary", type: "submit" }, icon("key"), "Make the key"),
    ),
  );
}

/** @param {NewKey} made */
function newKey({ name, key }) {
  return h(
    "div",
    { class: "asks" },
    h("p", null, "The key ", h("strong", null, name), ". It is shown this once:"),
    h("p", { class: "address" }, h("code", { class: "new-key" }, key), copyButton("the key", () => key)),
  );
}

async function recordTable() {
  const body = h("tbody");
  const more = h("button", { class: "button", type: "button", hidden: true }, "Earlier ones");
  let before = 0;
  const read = async () => {
    const from = before > 0 ? `&before=${before}` : "";
    /** @type {{ actions: Action[] }} */
    const { actions } = await call(`/berth/v1/audit?limit=${PAGE_COUNT}${from}`);
    before = actions.at(-1)?.number ?? 0;
    more.hidden = actions.length < PAGE_COUNT;
    body.append(...actions.map(row));
  };
  more.addEventListener("click", () => read().catch((error) => notify(String(error), "bad")));
  await read();
  if (body.childElementCount === 0) return h("p", { class: "faint" }, "Nothing yet.");
  return [
    h(
      "div",
      { class: "table-frame", tabindex: "0", role: "region", "aria-label": "Record" },
      h(
        "table",
        { class: "audit", role: "table" },
        h(
          "thead",
          null,
          h(
            "tr",
            null,
            ["When", "What", "Of what", "By", "Outcome"].map((text) => h("th", { scope: "col" }, text)),
          ),
        ),
        body,
      ),
    ),
    h("div", { class: "actions" }, more),
  ];
}

/** @param {Action} action */
function row({ atMs, action, target, via, remoteAddress, outcome, code }) {
  const tone = outcome === "ok" ? "good" : outcome === "refused" ? "warn" : "bad";
  return h(
    "tr",
    { role: "row" },
    h("td", { role: "cell", class: "number", title: new Date(atMs).toLocaleString() }, ago(atMs)),
    h("td", { role: "cell" }, h("code", null, action)),
    h("td", { role: "cell" }, target),
    h(
      "td",
      { role: "cell" },
      via || "nobody proven",
      remoteAddress ? h("span", { class: "faint" }, ` ${remoteAddress}`) : null,
    ),
    h(
      "td",
      { role: "cell" },
      h("span", { "data-tone": tone }, outcome),
      code ? h("code", { class: "faint" }, ` ${code}`) : null,
    ),
  );
}
