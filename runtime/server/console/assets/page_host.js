/** The host itself: health, memory, versions, limits. */
import { call } from "./api.js";
import { lineChart } from "./chart.js";
import { fill, h } from "./dom.js";
import { bytes, limitName, limitValue, uptime } from "./format.js";
import { KEPT_COUNT } from "./live.js";
import { fillLater, tile } from "./parts.js";
/** @import { Tile } from "./parts.js" */
/** @import { Live } from "./live.js" */
/** @import { Page } from "./dom.js" */
/** @import { HostDescription, LimitList } from "../types.ts" */

/** @param {Live} live @returns {Page} */
export function hostPage(live) {
  const tiles = {
    health: tile("Health"),
    up: tile("Up"),
    rss: tile("Memory", "Resident set of the host's process, its workers included"),
    services: tile("Services"),
    berth: tile("Berth"),
    deno: tile("Deno"),
  };
  const memory = lineChart("Memory of the process", bytes, KEPT_COUNT, 2_000, 2 ** 20);
  const facts = h("dl", { class: "pairs" });
  const limits = h("div");
  let shown = "";
  const update = () => {
    const { host } = live;
    if (!host) return;
    figures(tiles, host);
    memory.update([
      { label: "resident", tone: "a", values: live.memory.map(({ rss }) => rss) },
      { label: "heap in use", tone: "b", values: live.memory.map(({ heap }) => heap) },
    ]);
    const rows = /** @type {[string, string][]} */ ([
      ["Name", host.nodeName],
      ["Node id", host.nodeId],
      ["Address on the network", host.linkLocalIp],
    ]);
    if (shown === JSON.stringify(rows)) return;
    shown = JSON.stringify(rows);
    fill(
      facts,
      ...rows.map(([name, value]) =>
        h("div", null, h("dt", null, name), h("dd", null, h("code", null, value)))
      ),
    );
  };
  live.addEventListener("change", update);
  update();
  fillLater(limits, limitTable());
  const element = h(
    "div",
    { class: "page" },
    h("div", { class: "page-head" }, h("h1", null, "Host")),
    h("dl", { class: "tiles" }, Object.values(tiles).map((one) => one.element)),
    h(
      "div",
      { class: "two" },
      h("div", { class: "panel" }, memory.element),
      h(
        "section",
        { class: "panel", "aria-labelledby": "node" },
        h("h2", { id: "node" }, "This device"),
        facts,
      ),
    ),
    h(
      "section",
      { class: "panel", "aria-labelledby": "host-limits" },
      h("h2", { id: "host-limits" }, "Limits in force"),
      limits,
    ),
  );
  return { title: "Host", element, leave: () => live.removeEventListener("change", update) };
}

/** @param {Record<"health" | "up" | "rss" | "services" | "berth" | "deno", Tile>} tiles @param {HostDescription} host */
function figures(tiles, host) {
  tiles.health.update(
    host.failing > 0 ? `${host.failing} failing` : host.status,
    host.failing > 0 ? "bad" : "good",
  );
  tiles.up.update(uptime(host.upMs));
  tiles.rss.update(bytes(host.memory.rss ?? 0));
  tiles.services.update(String(host.services));
  tiles.berth.update(host.version);
  tiles.deno.update(host.deno);
}

async function limitTable() {
  /** @type {LimitList} */
  const { table, inForce } = await call("/berth/v1/limits");
  return h(
    "div",
    { class: "table-frame", tabindex: "0", role: "region", "aria-label": "Table of limits" },
    h(
      "table",
      null,
      h(
        "thead",
        null,
        h("tr", null, ["Limit", "In force", "At most", "Why"].map((name) => h("th", { scope: "col" }, name))),
      ),
      h(
        "tbody",
        null,
        Object.entries(table).map(([name, row]) => {
          const value = inForce[name] ?? row.default;
          return h(
            "tr",
            null,
            h("th", { scope: "row" }, limitName(name), h("code", { class: "faint" }, name)),
            h(
              "td",
              { class: "number" },
              limitValue(name, value),
              value === row.default ? null : h("span", { class: "chip" }, "changed"),
            ),
            h("td", { class: "number faint" }, limitValue(name, row.ceiling)),
            h("td", { class: "why" }, row.reason),
          );
        }),
      ),
    ),
  );
}
