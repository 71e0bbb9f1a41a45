/** Parts that several pages use: notices, problems, dialogs, tabs, badges, fields. */
import { ApiError } from "./api.js";
import { fill, h, icon, setText } from "./dom.js";

/**
 * Shows a short message for a while, and has screen readers say it.
 * @param {string} text
 * @param {"good" | "bad"} [tone]
 */
export function notify(text, tone = "good") {
  const box = document.getElementById("notices");
  const notice = h("p", { class: `notice ${tone}` }, text);
  box?.append(notice);
  setTimeout(() => notice.remove(), tone === "bad" ? 10_000 : 5_000);
}

/**
 * An error of the host with its title, detail and fix; anything else by its message.
 * @param {unknown} error
 */
export function problemBox(error) {
  if (!(error instanceof ApiError)) {
    return h(
      "div",
      { class: "problem", role: "alert" },
      h("p", null, error instanceof Error ? error.message : String(error)),
    );
  }
  const { title, detail, fix, code, requestId, problems } = error.problem;
  return h(
    "div",
    { class: "problem", role: "alert" },
    h("h2", null, title),
    problemList(problems) ?? h("p", { class: "detail" }, detail),
    fix ? h("p", { class: "fix" }, h("strong", null, "What to do: "), fix) : null,
    h("p", { class: "faint" }, requestId ? `${code} · request ${requestId}` : code),
  );
}

/** What is wrong with a manifest, key by key. @param {unknown} problems */
function problemList(problems) {
  if (!Array.isArray(problems) || problems.length === 0) return null;
  return h(
    "ul",
    { class: "problems" },
    problems.slice(0, 20).map((entry) =>
      h(
        "li",
        null,
        h("code", null, String(entry?.key || "berth.json")),
        ` ${entry?.problem ?? ""}`,
        entry?.fix ? h("span", { class: "faint" }, ` — ${entry.fix}`) : null,
      )
    ),
  );
}

/**
 * The state of a service as a word with a coloured dot.
 * @param {string} state
 */
export function stateBadge(state) {
  const badge = h(
    "span",
    { class: "badge", "data-state": state },
    h("span", { class: "dot", "aria-hidden": "true" }),
    h("span", null, state),
  );
  return {
    element: badge,
    /** @param {string} next */
    update(next) {
      badge.dataset.state = next;
      if (badge.lastElementChild) setText(badge.lastElementChild, next);
    },
  };
}

/** @typedef {{ element: HTMLElement, update(text: string, tone?: string): void }} Tile */

/**
 * A figure under its name.
 * @param {string} label
 * @param {string} [hint]
 */
export function tile(label, hint) {
  const value = h("dd", null, "–");
  return {
    element: h("div", { class: "tile" }, h("dt", hint ? { title: hint } : null, label), value),
    /** @param {string} text @param {string} [tone] */
    update(text, tone = "") {
      setText(value, text);
      value.dataset.tone = tone;
    },
  };
}

/**
 * Asks before something is done; resolves with the answer. With a name, that must be typed first.
 * @param {{ title: string, text: string, action: string, name?: string }} question
 * @returns {Promise<boolean>}
 */
export function confirmed({ title, text, action, name }) {
  const go = h("button", {
    class: `button ${name ? "danger" : "primary"}`,
    type: "submit",
    disabled: Boolean(name),
  }, action);
  const input = h("input", {
    id: "confirm-name",
    autocomplete: "off",
    spellcheck: "false",
    oninput: () => go.disabled = input.value !== name,
  });
  const keep = h(
    "button",
    { class: "button", type: "button", onclick: () => dialog.close("no") },
    "Leave it",
  );
  const form = h(
    "form",
    { method: "dialog" },
    h("h2", { id: "confirm-title" }, title),
    h("p", null, text),
    name ? [h("label", { for: "confirm-name" }, "Type ", h("code", null, name), " to confirm"), input] : null,
    h("div", { class: "actions" }, keep, go),
  );
  const dialog = h("dialog", { class: "dialog", "aria-labelledby": "confirm-title" }, form);
  // The page's CSP allows no form to be sent, so the dialog is closed by hand.
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!go.disabled) dialog.close("yes");
  });
  document.body.append(dialog);
  dialog.showModal();
  (name ? input : go).focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    }, { once: true });
  });
}

/**
 * A button that copies a text.
 * @param {string} label what is copied, for screen readers
 * @param {() => string} text
 */
export function copyButton(label, text) {
  return h("button", {
    class: "button quiet icon-only",
    type: "button",
    "aria-label": `Copy ${label}`,
    title: `Copy ${label}`,
    onclick: async () => {
      try {
        await navigator.clipboard.writeText(text());
        notify(`Copied: ${label}`);
      } catch {
        notify("The browser did not allow copying", "bad");
      }
    },
  }, icon("copy"));
}

/**
 * A label over a field.
 * @param {string} label
 * @param {HTMLElement} field with an id
 * @param {string} [hint]
 */
export function field(label, field, hint) {
  const hintId = `${field.id}-hint`;
  if (hint) field.setAttribute("aria-describedby", hintId);
  return h(
    "div",
    { class: "field" },
    h("label", { for: field.id }, label),
    field,
    hint ? h("p", { class: "hint", id: hintId }, hint) : null,
  );
}

/**
 * What stands where there is nothing yet.
 * @param {import("./dom.js").IconName} name
 * @param {string} title
 * @param {...import("./dom.js").Child} children
 */
export function empty(name, title, ...children) {
  return h("div", { class: "empty" }, icon(name), h("p", { class: "empty-title" }, title), ...children);
}

/**
 * A share of something as a bar with its figures.
 * @param {string} label
 * @param {number} used
 * @param {number} max
 * @param {string} text
 */
export function meter(label, used, max, text) {
  const share = max > 0 ? used / max : 0;
  const bar = h("meter", {
    min: 0,
    max: 1,
    low: 0.7,
    high: 0.9,
    optimum: 0.1,
    "aria-label": `${label}: ${text}`,
  });
  bar.value = Math.min(1, share);
  return h(
    "div",
    { class: "meter-row" },
    h("span", { class: "meter-label" }, label),
    bar,
    h("span", { class: "meter-text" }, text),
  );
}

/**
 * A waiting mark until a promise gives a page's content, and the problem if it does not.
 * @param {HTMLElement} place
 * @param {Promise<import("./dom.js").Child | readonly import("./dom.js").Child[]>} content
 */
export async function fillLater(place, content) {
  place.setAttribute("aria-busy", "true");
  try {
    fill(place, await content);
  } catch (error) {
    fill(place, problemBox(error));
  }
  place.removeAttribute("aria-busy");
}
