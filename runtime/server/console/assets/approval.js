/** A deployment that waits for the operator's word: what it asks for, and the two answers. */
import { call } from "./api.js";
import { h } from "./dom.js";
import { ago } from "./format.js";
import { notify } from "./parts.js";
/** @import { Live } from "./live.js" */
/** @import { Approval } from "../types.ts" */

/**
 * @param {Approval} pending
 * @param {Live} live
 * @param {(approved: boolean) => void} [done]
 */
export function approvalBox(pending, live, done = () => {}) {
  const { id, name, version, more, sinceMs } = pending;
  const path = `/berth/v1/services/${encodeURIComponent(id)}`;
  const runs = live.services.find((service) => service.id === id);
  const approve = h(
    "button",
    { class: "button primary", type: "button", onclick: () => answer(true) },
    "Approve",
  );
  const refuse = h("button", { class: "button", type: "button", onclick: () => answer(false) }, "Refuse");
  /** @param {boolean} yes */
  async function answer(yes) {
    approve.disabled = refuse.disabled = true;
    try {
      await (yes
        ? call(`${path}/approve`, { method: "POST" })
        : call(`${path}/approval`, { method: "DELETE" }));
      notify(yes ? `Approved: ${name} ${version} runs` : `Refused: ${name} ${version}`);
      await live.refresh();
      done(yes);
    } catch (error) {
      notify(error instanceof Error ? error.message : String(error), "bad");
      approve.disabled = refuse.disabled = false;
    }
  }
  return h(
    "section",
    { class: "panel approval", "aria-label": `Approval of ${name}` },
    h("h2", null, `${name} ${version} waits for your approval`),
    h(
      "p",
      { class: "faint" },
      `Asked ${ago(sinceMs)}. `,
      runs ? `Version ${runs.version} goes on meanwhile.` : "It does not run until then.",
    ),
    h("p", null, runs ? "It asks for this beyond what it may do now:" : "It asks for this:"),
    authority(more),
    h("div", { class: "actions" }, refuse, approve),
  );
}

/** Lines of authority by capability. @param {Approval["more"]} lines */
function authority(lines) {
  return h(
    "ul",
    { class: "authority" },
    lines.map(({ capability, allows }) => h("li", null, h("strong", null, capability), " ", allows)),
  );
}
