/** A service's log as it is written, with a filter of levels and a search. */
import { call, follow } from "./api.js";
import { fill, h, setText } from "./dom.js";
import { clock } from "./format.js";
import { notify } from "./parts.js";
/** @import { LogEntry, ServiceDetails } from "../types.ts" */

const LEVELS = /** @type {const} */ (["debug", "info", "warn", "error"]);
const KEPT_COUNT = 2_000;
const TAIL = 500;
const RETRY_MS = 2_000;

/** @param {ServiceDetails} details @returns {import("./page_service.js").Tab} */
export function logsTab({ id, traced }) {
  const view = new LogView(traceSwitch(id, traced));
  const stop = new AbortController();
  const path = `/berth/v1/services/${encodeURIComponent(id)}/logs?follow=1&tail=${TAIL}`;
  const run = async () => {
    while (!stop.signal.aborted) {
      view.state("live");
      try {
        await follow(path, stop.signal, (entries) => view.add(/** @type {LogEntry[]} */ (entries)));
      } catch (error) {
        if (stop.signal.aborted) return;
        view.state(error instanceof Error ? error.message : String(error));
      }
      // Lines written meanwhile come with the next connection; what is shown already is dropped first.
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      if (!stop.signal.aborted) view.clear();
    }
  };
  run();
  return { element: view.element, leave: () => stop.abort() };
}

/**
 * Whether each host call of the guest becomes a line.
 * @param {string} id
 * @param {boolean} on
 */
function traceSwitch(id, on) {
  const box = h("input", {
    type: "checkbox",
    checked: on,
    onchange: async () => {
      try {
        await call(`/berth/v1/services/${encodeURIComponent(id)}/trace`, {
          method: "PUT",
          json: { on: box.checked },
        });
      } catch (error) {
        box.checked = !box.checked;
        notify(error instanceof Error ? error.message : String(error), "bad");
      }
    },
  });
  return h(
    "label",
    { class: "check", title: "Each call of the service to its host becomes a line" },
    box,
    "Trace",
  );
}

class LogView {
  /** @type {LogEntry[]} */
  #entries = [];
  /** @type {LogEntry[]} */
  #fresh = [];
  #frame = 0;
  #following = true;
  #count = h("span", { class: "faint", role: "status" });
  #lines = h("ol");
  #window = h(
    "div",
    { class: "log", tabindex: "0", role: "log", "aria-live": "off", "aria-label": "Log lines" },
    this.#lines,
  );
  #level = h(
    "select",
    { id: "log-level", onchange: () => this.#redraw() },
    LEVELS.map((level) =>
      h(
        "option",
        { value: level, selected: level === "debug" },
        level === "debug" ? "all levels" : `${level} and above`,
      )
    ),
  );
  #search = h("input", {
    id: "log-search",
    type: "search",
    placeholder: "Search",
    autocomplete: "off",
    oninput: () => this.#redraw(),
  });
  #jump = h(
    "button",
    { class: "button jump", type: "button", hidden: true, onclick: () => this.#follow() },
    "Newest lines",
  );
  #connection = h("span", { class: "chip" });

  /** @param {HTMLElement} tool beside the filters */
  constructor(tool) {
    this.#window.addEventListener("scroll", () => {
      const { scrollTop, scrollHeight, clientHeight } = this.#window;
      this.#following = scrollHeight - scrollTop - clientHeight < 40;
      this.#jump.hidden = this.#following;
    });
    this.element = h(
      "section",
      { class: "panel logs", "aria-label": "Logs" },
      h(
        "div",
        { class: "log-tools" },
        h("label", { for: "log-level", class: "unseen" }, "Lowest level"),
        this.#level,
        h("label", { for: "log-search", class: "unseen" }, "Search in the log"),
        this.#search,
        this.#connection,
        this.#count,
        tool,
        h("button", { class: "button quiet", type: "button", onclick: () => this.#download() }, "Save"),
      ),
      h("div", { class: "log-frame" }, this.#window, this.#jump),
    );
  }

  /** @param {string} text */
  state(text) {
    setText(this.#connection, text);
    this.#connection.dataset.tone = text === "live" ? "good" : "bad";
  }

  /** @param {LogEntry[]} entries */
  add(entries) {
    this.#fresh.push(...entries);
    // Many lines a second are drawn once a frame.
    this.#frame ||= requestAnimationFrame(() => this.#draw());
  }

  clear() {
    this.#entries = [];
    this.#fresh = [];
    fill(this.#lines);
  }

  #draw() {
    this.#frame = 0;
    const fresh = this.#fresh.slice(-KEPT_COUNT);
    this.#fresh = [];
    this.#entries = [...this.#entries, ...fresh].slice(-KEPT_COUNT);
    this.#lines.append(...fresh.filter((entry) => this.#fits(entry)).map(line));
    while (this.#lines.childElementCount > KEPT_COUNT) this.#lines.firstElementChild?.remove();
    this.#settle();
  }

  #redraw() {
    fill(this.#lines, ...this.#entries.filter((entry) => this.#fits(entry)).map(line));
    this.#settle();
  }

  #settle() {
    const shown = this.#lines.childElementCount;
    setText(
      this.#count,
      shown === this.#entries.length ? `${shown} lines` : `${shown} of ${this.#entries.length} lines`,
    );
    if (this.#following) this.#window.scrollTop = this.#window.scrollHeight;
  }

  #follow() {
    this.#following = true;
    this.#settle();
    this.#window.focus();
  }

  /** @param {LogEntry} entry */
  #fits(entry) {
    if (LEVELS.indexOf(entry.level) < LEVELS.findIndex((level) => level === this.#level.value)) return false;
    const wanted = this.#search.value.trim().toLowerCase();
    return wanted === "" || textOf(entry).toLowerCase().includes(wanted);
  }

  #download() {
    const text = this.#entries.filter((entry) => this.#fits(entry)).map((entry) =>
      JSON.stringify(entry) + "\n"
    );
    const url = URL.createObjectURL(new Blob(text, { type: "application/x-ndjson" }));
    h("a", { href: url, download: "log.ndjson" }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1_000);
  }
}

/** @param {LogEntry} entry */
const textOf = ({ message, requestId, source, fields }) =>
  `${message} ${source} ${requestId ?? ""} ${fields ? JSON.stringify(fields) : ""}`;

/** @param {LogEntry} entry */
function line({ time, level, source, message, requestId, fields }) {
  const backtrace = typeof fields?.backtrace === "string" ? fields.backtrace : null;
  return h(
    "li",
    { "data-level": level },
    h("time", { datetime: time, title: time }, clock(time)),
    h("span", { class: "log-level" }, level),
    h(
      "span",
      { class: "log-text" },
      h("span", { class: "log-source", title: requestId ? `request ${requestId}` : null }, source),
      ` ${message}`,
      backtrace ? h("details", null, h("summary", null, "Backtrace"), h("pre", null, backtrace)) : null,
    ),
  );
}
