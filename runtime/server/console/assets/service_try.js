/** Sends a request to a service and shows the answer. The key of the console is never sent to a service. */
import { call } from "./api.js";
import { example, object, operations, text } from "./document.js";
import { fill, h } from "./dom.js";
import { bytes, duration } from "./format.js";
import { copyButton, field } from "./parts.js";
/** @import { ServiceDetails } from "../types.ts" */
/** @import { Json, Operation } from "./document.js" */

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
const SHOWN_MAX_BYTES = 256 * 1024;

/** @param {ServiceDetails} details @returns {import("./page_service.js").Tab} */
export function tryTab(details) {
  const form = requestForm(details);
  const answer = h(
    "div",
    { class: "answer", "aria-live": "polite" },
    h("p", { class: "faint" }, "The answer will stand here."),
  );
  const send = h("button", { class: "button primary", type: "submit" }, "Send");
  const stop = h("button", { class: "button", type: "button", hidden: true }, "Give up");
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const abort = new AbortController();
    stop.onclick = () => abort.abort();
    send.disabled = true;
    stop.hidden = false;
    fill(answer, await ask(details.basePath + form.path(), form.init(abort.signal)));
    send.disabled = false;
    stop.hidden = true;
  };
  const element = h(
    "div",
    { class: "two" },
    h(
      "form",
      { class: "panel", onsubmit: submit, "aria-label": "Request" },
      h("h2", null, "Request"),
      form.element,
      h(
        "div",
        { class: "actions" },
        stop,
        copyButton("as a curl command", () => form.curl(location.origin + details.basePath)),
        send,
      ),
    ),
    h("section", { class: "panel", "aria-label": "Answer" }, h("h2", null, "Answer"), answer),
  );
  return { element };
}

/** @param {ServiceDetails} details */
function requestForm(details) {
  const method = h("select", { id: "try-method" }, METHODS.map((name) => h("option", null, name)));
  const path = h("input", { id: "try-path", value: "/", spellcheck: "false", autocomplete: "off" });
  const headers = h("textarea", {
    id: "try-headers",
    rows: 2,
    spellcheck: "false",
    placeholder: "accept: application/json",
  });
  const body = h("textarea", { id: "try-body", rows: 6, spellcheck: "false" });
  const choice = h("div");
  if (details.openapi) {
    offerOperations(choice, details.openapi, (operation, document) => {
      method.value = operation.method;
      path.value = pathOf(operation);
      headers.value = operation.body ? `content-type: ${operation.body.type}` : "";
      body.value = operation.body ? JSON.stringify(example(document, operation.body.schema), null, 2) : "";
    });
  }
  const init = (/** @type {AbortSignal} */ signal) => {
    const bodyless = method.value === "GET" || method.value === "HEAD";
    return {
      method: method.value,
      headers: headerLines(headers.value),
      ...(bodyless || body.value === "" ? {} : { body: body.value }),
      signal,
      cache: /** @type {const} */ ("no-store"),
      credentials: /** @type {const} */ ("omit"),
      redirect: /** @type {const} */ ("manual"),
    };
  };
  const fullPath = () => path.value.startsWith("/") || path.value === "" ? path.value : `/${path.value}`;
  return {
    element: h(
      "div",
      null,
      choice,
      h(
        "div",
        { class: "try-line" },
        field("Method", method),
        field(`Path below ${details.basePath}`, path),
      ),
      field("Headers", headers, "One a line, as name: value."),
      field("Body", body),
    ),
    path: fullPath,
    init,
    /** @param {string} base */
    curl(base) {
      const parts = ["curl", "-i", "-X", method.value, quote(base + fullPath())];
      for (const [name, value] of headerLines(headers.value)) parts.push("-H", quote(`${name}: ${value}`));
      if (body.value !== "") parts.push("--data-raw", quote(body.value));
      return parts.join(" ");
    },
  };
}

/** @param {string} value for a shell */
const quote = (value) => `'${value.replaceAll("'", `'\\''`)}'`;

/**
 * A choice of the operations of the service's own document.
 * @param {HTMLElement} place
 * @param {string} url
 * @param {(operation: Operation, document: Json) => void} take
 */
async function offerOperations(place, url, take) {
  /** @type {Json} */
  let document;
  try {
    document = await call(url);
  } catch {
    return fill(place, h("p", { class: "faint" }, "The service's OpenAPI document cannot be read."));
  }
  const found = operations(object(document));
  if (found.length === 0) return;
  const select = h(
    "select",
    {
      id: "try-operation",
      onchange: () => {
        const operation = found[Number(select.value)];
        if (operation) take(operation, document);
      },
    },
    found.map((operation, index) =>
      h("option", { value: index }, `${operation.method} ${operation.path}  ${operation.summary}`)
    ),
  );
  fill(
    place,
    field(
      "Operation",
      select,
      `From the OpenAPI document of ${text(object(document.info).title) || "the service"}.`,
    ),
  );
  const first = found[0];
  if (first) take(first, document);
}

/** The path with its examples filled in, and what must be asked. @param {Operation} operation */
function pathOf({ path, parameters }) {
  let filled = path;
  const query = [];
  for (const parameter of parameters) {
    const name = text(parameter.name);
    const value = parameter.example ?? object(parameter.schema).example ?? object(parameter.schema).default;
    if (parameter.in === "path" && value !== undefined) {
      filled = filled.replace(`{${name}}`, encodeURIComponent(String(value)));
    } else if (parameter.in === "query" && (parameter.required === true || value !== undefined)) {
      query.push(`${encodeURIComponent(name)}=${encodeURIComponent(String(value ?? ""))}`);
    }
  }
  return filled + (query.length > 0 ? `?${query.join("&")}` : "");
}

/** @param {string} lines @returns {[string, string][]} */
function headerLines(lines) {
  return lines.split("\n").flatMap((line) => {
    const at = line.indexOf(":");
    return at > 0
      ? [/** @type {[string, string]} */ ([line.slice(0, at).trim(), line.slice(at + 1).trim()])]
      : [];
  });
}

/** @param {string} url @param {RequestInit} init */
async function ask(url, init) {
  const started = performance.now();
  try {
    const response = await fetch(url, init);
    const headMs = performance.now() - started;
    const { text, size, cut } = await readBody(response);
    return shown(response, text, size, cut, headMs, performance.now() - started);
  } catch (error) {
    const gaveUp = error instanceof DOMException && error.name === "AbortError";
    const reason = error instanceof Error ? error.message : String(error);
    return h(
      "p",
      { class: "problem", role: "alert" },
      gaveUp ? "Given up." : `The request could not be sent: ${reason}`,
    );
  }
}

/** Reads a body up to what is shown, so that an endless one does not fill the browser. @param {Response} response */
async function readBody(response) {
  const reader = response.body?.getReader();
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const pieces = [];
  let size = 0;
  for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read()) {
    pieces.push(piece.value);
    size += piece.value.length;
    if (size > SHOWN_MAX_BYTES) {
      await reader?.cancel();
      return { text: await new Blob(pieces).text(), size, cut: true };
    }
  }
  return { text: await new Blob(pieces).text(), size, cut: false };
}

/**
 * @param {Response} response
 * @param {string} text
 * @param {number} size
 * @param {boolean} cut
 * @param {number} headMs
 * @param {number} wholeMs
 */
function shown(response, text, size, cut, headMs, wholeMs) {
  const tone = response.ok ? "good" : response.status >= 500 || response.status === 0 ? "bad" : "warn";
  const status = response.type === "opaqueredirect"
    ? "a redirect, not followed"
    : `${response.status} ${response.statusText}`;
  return [
    h(
      "p",
      { class: "status-line" },
      h("strong", { class: "status", "data-tone": tone }, status),
      h(
        "span",
        null,
        `${duration(headMs)}${wholeMs - headMs > 1 ? ` (${duration(wholeMs)} to the end)` : ""}`,
      ),
      h("span", null, cut ? `more than ${bytes(SHOWN_MAX_BYTES)}` : bytes(size)),
    ),
    h(
      "details",
      { open: true },
      h("summary", null, "Headers"),
      h(
        "dl",
        { class: "pairs headers" },
        [...response.headers].map(([name, value]) =>
          h("div", null, h("dt", null, name), h("dd", null, value))
        ),
      ),
    ),
    text === ""
      ? h("p", { class: "faint" }, "The body is empty.")
      : h("pre", { class: "body", tabindex: "0" }, h("code", null, pretty(response, text))),
  ];
}

/** @param {Response} response @param {string} text */
function pretty(response, text) {
  if (!/\bjson\b/.test(response.headers.get("content-type") ?? "")) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
