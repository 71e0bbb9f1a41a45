/** What a service may do, in words, and its limits against what it uses. */
import { fill, h } from "./dom.js";
import { limitName, limitValue } from "./format.js";
import { meter } from "./parts.js";
/** @import { ServiceDetails } from "../types.ts" */

/** @param {ServiceDetails} first @returns {import("./page_service.js").Tab} */
export function accessTab(first) {
  const use = h("div", { class: "meters" });
  const element = h(
    "div",
    { class: "two" },
    h(
      "section",
      { class: "panel", "aria-labelledby": "may" },
      h("h2", { id: "may" }, "It may"),
      grantList(first),
    ),
    h(
      "section",
      { class: "panel", "aria-labelledby": "limits" },
      h("h2", { id: "limits" }, "Limits"),
      use,
      limitTable(first),
    ),
  );
  let shown = "";
  return {
    element,
    update(details) {
      const now = JSON.stringify([details.use, details.load.open]);
      if (now === shown) return;
      shown = now;
      fill(use, useMeters(details));
    },
  };
}

/** @param {ServiceDetails} details */
function grantList({ grantsInWords, grants }) {
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
        h("h3", null, name),
        h("ul", { class: "plain" }, allows.map((line) => h("li", null, line))),
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
