/** One service: its head, and tabs below it. */
import { call } from "./api.js";
import { approvalBox } from "./approval.js";
import { fill, h, icon, setText } from "./dom.js";
import { isMissing } from "./live.js";
import { confirmed, copyButton, empty, notify, problemBox, stateBadge } from "./parts.js";
import { accessTab } from "./service_access.js";
import { logsTab } from "./service_logs.js";
import { overviewTab } from "./service_overview.js";
import { tryTab } from "./service_try.js";
import { versionsTab } from "./service_versions.js";
/** @import { Live } from "./live.js" */
/** @import { Page } from "./dom.js" */
/** @import { ServiceDetails } from "../types.ts" */

/** @typedef {{ element: HTMLElement, update?(details: ServiceDetails): void, leave?(): void }} Tab */

const TABS = /** @type {const} */ ([
  { name: "", label: "Overview", open: overviewTab },
  { name: "access", label: "Access", open: accessTab },
  { name: "logs", label: "Logs", open: logsTab },
  { name: "try", label: "Try it", open: tryTab },
  { name: "versions", label: "Versions", open: versionsTab },
]);

/**
 * @param {Live} live
 * @param {string} id
 * @param {string} tabName
 * @returns {Page}
 */
export function servicePage(live, id, tabName) {
  const chosen = TABS.find(({ name }) => name === tabName) ?? TABS[0];
  const path = `/berth/v1/services/${encodeURIComponent(id)}`;
  const place = h("div", { class: "tab-content" });
  const head = serviceHead(id, path, live);
  /** @type {Tab | null} */
  let tab = null;
  let left = false;

  const refresh = async () => {
    try {
      /** @type {ServiceDetails} */
      const details = await call(path);
      if (left) return;
      head.update(details);
      if (chosen.name === "" || chosen.name === "access") waiting.update();
      if (tab === null) {
        tab = chosen.open(details, live);
        fill(place, tab.element);
      }
      tab.update?.(details);
    } catch (error) {
      if (left) return;
      if (isMissing(error)) gone();
      else if (tab === null) fill(place, problemBox(error));
    }
  };
  const gone = () => {
    left = true;
    tab?.leave?.();
    live.removeEventListener("change", refresh);
    const pending = live.approvals.find((entry) => entry.id === id);
    fill(
      element,
      pending ? approvalBox(pending, live, () => location.hash = "#/") : empty(
        "box",
        `There is no service ${id}`,
        h("a", { class: "button", href: "#/" }, "To the services"),
      ),
    );
  };
  const waiting = approvalPlace(id, live);
  const element = h("div", { class: "page" }, head.element, waiting.element, tabBar(id, chosen.name), place);
  live.addEventListener("change", refresh);
  refresh();
  return {
    title: id,
    element,
    leave() {
      left = true;
      tab?.leave?.();
      live.removeEventListener("change", refresh);
    },
  };
}

/** Where a newer version of the service asks for approval. @param {string} id @param {Live} live */
function approvalPlace(id, live) {
  const element = h("div", { hidden: true });
  let sinceMs = 0;
  return {
    element,
    update() {
      const pending = live.approvals.find((entry) => entry.id === id);
      element.hidden = pending === undefined;
      if ((pending?.sinceMs ?? 0) === sinceMs) return;
      sinceMs = pending?.sinceMs ?? 0;
      fill(element, pending ? approvalBox(pending, live) : null);
    },
  };
}

/** @param {string} id @param {string} chosen */
function tabBar(id, chosen) {
  const base = `#/services/${encodeURIComponent(id)}`;
  return h(
    "nav",
    { class: "tabs", "aria-label": "About this service" },
    TABS.map(({ name, label }) =>
      h("a", {
        href: name === "" ? base : `${base}/${name}`,
        "aria-current": name === chosen ? "page" : null,
      }, label)
    ),
  );
}

/**
 * @param {string} id
 * @param {string} path of the service in the management API
 * @param {Live} live
 */
function serviceHead(id, path, live) {
  const title = h("h1", null, id);
  const version = h("span", { class: "version" });
  const badge = stateBadge("asleep");
  const address = h("code", { class: "path" });
  const description = h("p", { class: "faint description", hidden: true });
  const reason = h("p", { class: "reason", hidden: true });
  let name = "";
  const remove = async () => {
    const sure = await confirmed({
      title: "Remove this service?",
      text: "It stops answering, and what it stored on this device is deleted. This cannot be undone.",
      action: "Remove it",
      name,
    });
    if (!sure) return;
    try {
      await call(path, { method: "DELETE" });
      notify(`Removed ${id}`);
      location.hash = "#/";
      live.refresh();
    } catch (error) {
      notify(error instanceof Error ? error.message : String(error), "bad");
    }
  };
  const removeButton = h(
    "button",
    // Until the service is known there is no name to ask for.
    { class: "button danger quiet push", type: "button", onclick: remove, disabled: true },
    "Remove",
  );
  const element = h(
    "div",
    { class: "service-head" },
    h("a", { class: "back", href: "#/" }, icon("back"), "Services"),
    h(
      "div",
      { class: "page-head" },
      title,
      version,
      badge.element,
      removeButton,
    ),
    h("p", { class: "address" }, address, copyButton("address", () => address.textContent ?? "")),
    description,
    reason,
  );
  return {
    element,
    /** @param {ServiceDetails} details */
    update(details) {
      name = details.name;
      removeButton.disabled = false;
      setText(title, name);
      setText(version, details.version);
      badge.update(details.state);
      // The address as this browser reaches the host, which may be another name than the host knows.
      setText(address, location.origin + details.basePath);
      description.hidden = details.description === "";
      setText(description, details.description);
      reason.hidden = details.reason === "";
      setText(reason, details.reason);
    },
  };
}
