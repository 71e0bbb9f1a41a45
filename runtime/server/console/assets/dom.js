/** Making elements. Text is always text: nothing in the console parses HTML, and its CSP forbids it. */

/**
 * @typedef {Node | string | number | null | undefined | false} Child
 * @typedef {Record<string, unknown>} Attributes
 * @typedef {{ readonly title: string, readonly element: HTMLElement, leave?(): void }} Page a page, and how it is left
 */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Makes an element: attributes by name, listeners as `onclick`, properties of inputs by `value` and `checked`.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Attributes | null} [attributes]
 * @param {...(Child | readonly Child[])} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  assign(element, attributes ?? {});
  element.append(...nodes(children));
  return element;
}

/**
 * Makes an element of a drawing.
 * @param {string} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {SVGElement}
 */
export function svg(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  assign(element, attributes ?? {});
  element.append(...nodes(children));
  return element;
}

/**
 * @param {Element} element
 * @param {Attributes} attributes
 */
function assign(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on") && typeof value === "function") {
      element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    } else if (name === "value" || name === "checked" || name === "selected") {
      Reflect.set(element, name, value);
    } else element.setAttribute(name, value === true ? "" : String(value));
  }
}

/**
 * @param {readonly (Child | readonly Child[])[]} children
 * @returns {(Node | string)[]}
 */
function nodes(children) {
  /** @type {(Node | string)[]} */
  const found = [];
  for (const child of children.flat()) {
    if (child === null || child === undefined || child === false) continue;
    found.push(typeof child === "number" ? String(child) : /** @type {Node | string} */ (child));
  }
  return found;
}

/**
 * Puts these children in place of what an element has.
 * @param {Element} element
 * @param {...(Child | readonly Child[])} children
 */
export function fill(element, ...children) {
  element.replaceChildren(...nodes(children));
}

/**
 * Sets a text only when it is another one, so that a selection and a screen reader are left in peace.
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

const ICONS = {
  services: "M4 5h16v6H4zM4 13h16v6H4zM8 8h.01M8 16h.01",
  deploy: "M12 16V4M7 9l5-5 5 5M4 16v4h16v-4",
  host: "M6 6h12v12H6zM9 2v4M15 2v4M9 18v4M15 18v4M2 9h4M2 15h4M18 9h4M18 15h4",
  api: "M9 4c-4 0-1 8-5 8 4 0 1 8 5 8M15 4c4 0 1 8 5 8-4 0-1 8-5 8",
  back: "M15 5l-7 7 7 7",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  key: "M8 15a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 11h9v4M17 11v3",
  light:
    "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.5 1.5M17.5 17.5L19 19M19 5l-1.5 1.5M6.5 17.5L5 19",
  dark: "M20 14A8 8 0 0 1 10 4a8 8 0 1 0 10 10z",
  system: "M3 5h18v11H3zM9 20h6M12 16v4",
  leave: "M10 4H5v16h5M15 8l4 4-4 4M19 12H9",
  box: "M4 8l8-4 8 4v8l-8 4-8-4zM4 8l8 4 8-4M12 12v8",
};

/** @typedef {keyof typeof ICONS} IconName */

/**
 * A line drawing beside a text; hidden from screen readers.
 * @param {IconName} name
 * @returns {SVGElement}
 */
export function icon(name) {
  return svg(
    "svg",
    { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" },
    svg("path", { d: ICONS[name] }),
  );
}
