/** The deployments of a service, and the way back to one of them. */
import { call } from "./api.js";
import { fill, h } from "./dom.js";
import { ago } from "./format.js";
import { confirmed, fillLater, notify } from "./parts.js";
/** @import { Live } from "./live.js" */
/** @import { History, ServiceDetails } from "../types.ts" */

/** @param {ServiceDetails} first @param {Live} live @returns {import("./page_service.js").Tab} */
export function versionsTab(first, live) {
  const path = `/berth/v1/services/${encodeURIComponent(first.id)}`;
  const list = h("div");
  let shown = -1;
  const read = async () => {
    /** @type {History} */
    const { history } = await call(`${path}/history`);
    return h("ol", { class: "versions" }, history.map(row));
  };
  /** @param {number} revision @param {string} version */
  const back = async (revision, version) => {
    const sure = await confirmed({
      title: `Go back to version ${version}?`,
      text:
        "It takes over once it has started, with the grants that it held then. What the service stored stays.",
      action: "Go back",
    });
    if (!sure) return;
    try {
      await call(`${path}/rollback`, { method: "POST", json: { revision } });
      notify(`Went back to version ${version}`);
      live.refresh();
    } catch (error) {
      notify(error instanceof Error ? error.message : String(error), "bad");
    }
  };
  /** @param {History["history"][number]} entry */
  const row = ({ revision, version, image, updatedMs, current }) =>
    h(
      "li",
      null,
      h("span", { class: "version" }, version || "gone"),
      h("span", null, `revision ${revision}`),
      h("time", {
        class: "faint",
        datetime: new Date(updatedMs).toISOString(),
        title: new Date(updatedMs).toLocaleString(),
      }, ago(updatedMs)),
      h("code", { class: "faint", title: image }, image.replace(/^sha256:/, "").slice(0, 12)),
      current ? h("span", { class: "chip push", "data-tone": "good" }, "runs now") : h("button", {
        class: "button push",
        type: "button",
        disabled: version === "",
        onclick: () => back(revision, version),
      }, "Go back"),
    );
  const element = h(
    "div",
    null,
    h(
      "section",
      { class: "panel", "aria-labelledby": "versions" },
      h("h2", { id: "versions" }, "Deployments"),
      list,
    ),
  );
  return {
    element,
    update(details) {
      if (details.revision === shown) return;
      shown = details.revision;
      fill(list, h("p", { class: "faint" }, "Asking the host…"));
      fillLater(list, read());
    },
  };
}
