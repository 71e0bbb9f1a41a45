/** What a service may do, in words, and its limits against what it uses. */
import { call } from "./api.js";
import { fill, h } from "./dom.js";
import { limitName, limitValue } from "./format.js";
import { confirmed, meter, notify } from "./parts.js";
/** @import { Live } from "./live.js" */
/** @import { Revoked, ServiceDetails } from "../types.ts" */

/** @param {ServiceDetails} first @param {Live} live @returns {import("./page_service.js").Tab} */
export function accessTab(first, live) {
  const held = h("div");
  const use = h("div", { class: "meters" });
  const element = h(
    "div",
    { class: "two" },
    h(
      "section",
      { class: "panel", "aria-labelledby": "may" },
      h("h2", { id: "may" }, "It may"),
      held,
    ),
    h(
      "section",
      { class: "panel", "aria-labelledby": "limits" },
      h("h2", { id: "limits" }, "Limits"),
      use,
      limitTable(first),
    ),
  );
  let shown = "", shownGrants = "";
  return {
    element,
    update(details) {
      const grants = JSON.stringify(details.grants);
      if (grants !== shownGrants) {
        shownGrants = grants;
        fill(held, grantList(details, live));
      }
      const now = JSON.stringify([details.use, details.load.open]);
      if (now === shown) return;
      shown = now;
      fill(use, useMeters(details));
    },
  };
}

/** @param {ServiceDetails} details @param {Live} live */
function grantList({ id, grantsInWords, grants }, live) {
  if (grantsInWords.length === 0) {
    return h("p", { class: "faint" }, "Nothing: it computes and answers, and reaches nothing else.");
  }
  return h(
    "ul",
    { class: "grants" },
    grantsInWords.map(({ name, allows }) =>
      h(
        "li",
        null,
        h("div", { class: "grant-head" }, h("h3", null, name), takeBack(id, live, name)),
        h(
          "ul",
          { class: "plain" },
          allows.map((line) =>
            h("li", { class: "grant-line" }, line, allows.length > 1 ? takeBack(id, live, name, line) : null)
          ),
        ),
        h(
          "details",
          null,
          h("summary", null, "As granted"),
          h("pre", null, h("code", null, JSON.stringify({ [name]: grants[name] }, null, 2))),
        ),
      )
    ),
    h("li", { class: "faint" }, "Everything else is denied."),
  );
}

/**
 * Takes a capability back, or one line of it, after a question.
 * @param {string} id @param {Live} live @param {string} capability @param {string} [allows]
 */
function takeBack(id, live, capability, allows) {
  const what = allows === undefined ? capability : `${capability}: ${allows}`;
  const revoke = async () => {
    const sure = await confirmed({
      title: `Take ${capability} back?`,
      text:
        `${allows === undefined ? "" : `It no longer ${allows}. `}The service goes on without it at once; ` +
        "requests under way have ten seconds. Its earlier versions lose it too.",
      action: "Take it back",
    });
    if (!sure) return;
    button.disabled = true;
    try {
      const path = `/berth/v1/services/${encodeURIComponent(id)}/revoke`;
      const json = { capability, ...(allows === undefined ? {} : { allows }) };
      /** @type {Revoked} */
      const { name, trouble, policyGrants } = await call(path, { method: "POST", json });
      notify(`Taken back from ${name}: ${capability}`);
      if (trouble) notify(`${name} does not work without it: ${trouble}`, "bad");
      if (policyGrants) notify("The host's policy file grants it again at the next deployment", "bad");
      await live.refresh();
    } catch (error) {
      notify(error instanceof Error ? error.message : String(error), "bad");
      button.disabled = false;
    }
  };
  const button = h("button", {
    class: "button quiet danger push",
    type: "button",
    "aria-label": `Take back ${what}`,
    onclick: revoke,
  }, "Take back");
  return button;
}

/** @param {ServiceDetails} details */
function useMeters({ use, limits }) {
  const rows = Object.entries(use).flatMap(([name, used]) => {
    const max = limits[name];
    return max === undefined
      ? []
      : [meter(limitName(name), used, max, `${limitValue(name, used)} of ${limitValue(name, max)}`)];
  });
  return rows;
}

/** @param {ServiceDetails} details */
function limitTable({ limits, use }) {
  const rest = Object.entries(limits).filter(([name]) => use[name] === undefined);
  return h(
    "details",
    { open: Object.keys(use).length === 0 },
    h("summary", null, `All other limits (${rest.length})`),
    h(
      "dl",
      { class: "pairs" },
      rest.map(([name, value]) =>
        h("div", null, h("dt", { title: name }, limitName(name)), h("dd", null, limitValue(name, value)))
      ),
    ),
  );
}
