/** The list of services, with what they do now. */
import { currentClient } from "./api.js";
import { approvalBox } from "./approval.js";
import { sparkline } from "./chart.js";
import { fill, h, icon, setText } from "./dom.js";
import { figure, percent, rate } from "./format.js";
import { KEPT_COUNT } from "./live.js";
import { empty, stateBadge, tile } from "./parts.js";
/** @import { Tile } from "./parts.js" */
/** @import { Live } from "./live.js" */
/** @import { Page } from "./dom.js" */
/** @import { ServiceSummary } from "../types.ts" */

/** @param {Live} live @returns {Page} */
export function servicesPage(live) {
  const tiles = {
    running: tile("Running", "Services with a worker, of all"),
    requests: tile("Requests /s"),
    errors: tile("Errors /s"),
    cpu: tile("CPU", "Share of one processor core"),
    denials: tile("Denials", "Refused attempts since the services started"),
  };
  const list = h("ul", { class: "services" });
  const place = h("div", { "aria-busy": "true" }, h("p", { class: "faint" }, "Asking the host…"));
  const waiting = h("div", { class: "approvals", hidden: true });
  let waitingShown = "";
  /** @type {Map<string, ReturnType<typeof card>>} */
  const cards = new Map();

  const update = () => {
    if (!live.loaded) return;
    place.removeAttribute("aria-busy");
    sums(live, tiles);
    const now = JSON.stringify(live.approvals);
    if (now !== waitingShown) {
      waitingShown = now;
      waiting.hidden = live.approvals.length === 0;
      fill(waiting, ...live.approvals.map((pending) => approvalBox(pending, live)));
    }
    const known = new Set(live.services.map(({ id }) => id));
    for (const [id, { element }] of cards) {
      if (known.has(id)) continue;
      element.remove();
      cards.delete(id);
    }
    for (const service of [...live.services].sort((a, b) => a.name.localeCompare(b.name))) {
      let found = cards.get(service.id);
      if (!found) {
        found = card(service);
        cards.set(service.id, found);
        list.append(found.element);
      }
      found.update(service, live);
    }
    if (cards.size === 0) fill(place, nothing());
    else if (list.parentElement !== place) fill(place, list);
  };
  live.addEventListener("change", update);
  update();
  const element = h(
    "div",
    { class: "page" },
    h(
      "div",
      { class: "page-head" },
      h("h1", null, "Services"),
      currentClient() === "api" ? null : h("span", { class: "chip" }, `client ${currentClient()}`),
      h("a", { class: "button primary push", href: "#/deploy" }, icon("deploy"), "Deploy"),
    ),
    h("dl", { class: "tiles" }, Object.values(tiles).map((one) => one.element)),
    waiting,
    place,
  );
  return { title: "Services", element, leave: () => live.removeEventListener("change", update) };
}

function nothing() {
  return empty(
    "box",
    "No service is deployed yet",
    h(
      "p",
      { class: "faint" },
      "Pack a service into a tar with ",
      h("code", null, "berth pack"),
      " and drop it here.",
    ),
    h("a", { class: "button primary", href: "#/deploy" }, "Deploy a service"),
  );
}

/**
 * @param {Live} live
 * @param {Record<"running" | "requests" | "errors" | "cpu" | "denials", Tile>} tiles
 */
function sums(live, tiles) {
  const { services } = live;
  const last = services.map(({ id }) => live.samples(id).at(-1)).filter((sample) => sample !== undefined);
  const sum = (/** @type {"requestsPerSecond" | "errorsPerSecond" | "cpuShare"} */ key) =>
    last.reduce((total, sample) => total + sample[key], 0);
  const running = services.filter(({ state }) => state === "running").length;
  const failing = services.filter(({ state }) => state === "failing").length;
  tiles.running.update(`${running} / ${services.length}`, failing > 0 ? "bad" : "");
  tiles.requests.update(rate(sum("requestsPerSecond")));
  tiles.errors.update(rate(sum("errorsPerSecond")), sum("errorsPerSecond") > 0 ? "bad" : "");
  tiles.cpu.update(percent(sum("cpuShare")));
  const denials = services.reduce((sum, { counters }) => sum + denied(counters.denials), 0);
  tiles.denials.update(figure(denials), denials > 0 ? "warn" : "");
}

/** @param {Record<string, number>} denials */
const denied = (denials) => Object.values(denials).reduce((sum, count) => sum + count, 0);

/** One service of the list. @param {ServiceSummary} first */
function card(first) {
  const badge = stateBadge(first.state);
  const version = h("span", { class: "version" });
  const reason = h("p", { class: "reason", hidden: true });
  const figures = {
    requests: figureOf("Requests"),
    rate: figureOf("Per second"),
    errors: figureOf("Errors"),
    p95: figureOf("p95"),
    cpu: figureOf("CPU"),
    load: figureOf("In flight"),
  };
  const drawing = h("div", { class: "card-spark" });
  const element = h(
    "li",
    { class: "panel service-card" },
    h(
      "div",
      { class: "card-name" },
      h("h2", null, h("a", { href: `#/services/${encodeURIComponent(first.id)}` }, first.name)),
      version,
      badge.element,
      h("code", { class: "path" }, first.basePath),
    ),
    h("dl", { class: "figures" }, Object.values(figures).map((one) => one.element)),
    drawing,
    reason,
  );
  return {
    element,
    /** @param {ServiceSummary} service @param {Live} live */
    update(service, live) {
      const samples = live.samples(service.id);
      const last = samples.at(-1);
      badge.update(service.state);
      setText(version, service.version);
      reason.hidden = service.reason === "";
      setText(reason, service.reason);
      figures.requests.update(figure(service.counters.requests));
      figures.rate.update(last ? rate(last.requestsPerSecond) : "–");
      figures.errors.update(figure(service.counters.errors), service.counters.errors > 0 ? "bad" : "");
      figures.p95.update(last?.p95Ms === null || last === undefined ? "–" : `${figure(last.p95Ms)} ms`);
      figures.cpu.update(last ? percent(last.cpuShare) : "–");
      const { open, waiting } = service.load;
      figures.load.update(waiting > 0 ? `${open} + ${waiting}` : String(open));
      const values = samples.map(({ requestsPerSecond }) => requestsPerSecond);
      fill(
        drawing,
        sparkline(
          values,
          KEPT_COUNT,
          `Requests a second, now ${last ? rate(last.requestsPerSecond) : "none"}`,
        ),
      );
    },
  };
}

/** @param {string} label */
function figureOf(label) {
  const value = h("dd", null, "–");
  return {
    element: h("div", null, h("dt", null, label), value),
    /** @param {string} text @param {string} [tone] */
    update(text, tone = "") {
      setText(value, text);
      value.dataset.tone = tone;
    },
  };
}
