/** The frame: who is signed in, which page is shown, the scheme of colours. */
import { carryKey, currentKey, signedOut, signOut } from "./api.js";
import { fill, h, icon } from "./dom.js";
import { Live } from "./live.js";
import { apiPage } from "./page_api.js";
import { deployPage } from "./page_deploy.js";
import { hostPage } from "./page_host.js";
import { keysPage } from "./page_keys.js";
import { loginPage } from "./page_login.js";
import { servicePage } from "./page_service.js";
import { servicesPage } from "./page_services.js";
/** @import { Page } from "./dom.js" */

const live = new Live();
const frame = /** @type {HTMLElement} */ (document.getElementById("frame"));

/** @type {readonly { hash: string, label: string, icon: import("./dom.js").IconName }[]} */
const PLACES = [
  { hash: "#/", label: "Services", icon: "services" },
  { hash: "#/deploy", label: "Deploy", icon: "deploy" },
  { hash: "#/host", label: "Host", icon: "host" },
  { hash: "#/keys", label: "Keys", icon: "key" },
  { hash: "#/api", label: "API", icon: "api" },
];

/** @type {Page | null} */
let page = null;

/** The page of an address: `#/services/{id}/{tab}`. @param {string} hash @returns {Page} */
function pageOf(hash) {
  const [place = "", id = "", tab = ""] = hash.replace(/^#\/?/, "").split("/").map(decode);
  switch (place) {
    case "services":
      return id === "" ? servicesPage(live) : servicePage(live, id, tab);
    case "deploy":
      return deployPage(live);
    case "host":
      return hostPage(live);
    case "keys":
      return keysPage();
    case "api":
      return apiPage(live, id);
    default:
      return servicesPage(live);
  }
}

/** @param {string} part */
function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function show() {
  page?.leave?.();
  page = null;
  // A question belongs to the page that asked it.
  for (const dialog of document.querySelectorAll("dialog")) dialog.close("no");
  const focusInside = document.activeElement !== document.body;
  if (currentKey() === null) {
    live.stop();
    const login = loginPage(show);
    document.title = "Sign in · Berth";
    fill(frame, login.element);
    login.focus();
    return;
  }
  carryKey();
  live.start();
  const next = pageOf(location.hash);
  page = next;
  document.title = `${next.title} · Berth`;
  const main = h("main", { id: "main", tabindex: "-1" }, trouble(), next.element);
  fill(frame, header(), main);
  // After a link of the page the focus goes to the new page's heading, as it would with a full load.
  if (focusInside) {
    const heading = main.querySelector("h1");
    heading?.setAttribute("tabindex", "-1");
    heading?.focus({ preventScroll: true });
  }
  scrollTo(0, 0);
}

function header() {
  const here = location.hash.replace(/^#\/services.*/, "#/").replace(/^(#\/[^/]+).*/, "$1") || "#/";
  return h(
    "header",
    { class: "top" },
    h("a", { class: "brand", href: "#/" }, mark(), h("span", null, "Berth")),
    h(
      "nav",
      { "aria-label": "Pages" },
      h(
        "ul",
        null,
        PLACES.map(({ hash, label, icon: name }) =>
          h(
            "li",
            null,
            h(
              "a",
              { href: hash, "aria-current": hash === here ? "page" : null },
              icon(name),
              h("span", null, label),
            ),
          )
        ),
      ),
    ),
    h(
      "div",
      { class: "tools" },
      schemeButton(),
      h("button", {
        class: "button quiet icon-only",
        type: "button",
        "aria-label": "Sign out",
        title: "Sign out",
        onclick: leave,
      }, icon("leave")),
    ),
  );
}

function mark() {
  return h("img", { src: "icon.svg", alt: "", width: 28, height: 28 });
}

function leave() {
  signOut();
  location.hash = "#/";
  show();
}

/** A line that says when the host does not answer; it takes no place else. */
function trouble() {
  const line = h("div", { class: "trouble", role: "status", hidden: true });
  const update = () => {
    if (!line.isConnected && line.parentElement === null) return live.removeEventListener("change", update);
    line.hidden = live.trouble === null;
    if (live.trouble) line.textContent = `${live.trouble.message} Trying again…`;
  };
  live.addEventListener("change", update);
  return line;
}

const SCHEMES = /** @type {const} */ (["system", "light", "dark"]);

function schemeButton() {
  const now = () => SCHEMES.find((scheme) => scheme === document.documentElement.dataset.theme) ?? "system";
  const button = h("button", { class: "button quiet icon-only", type: "button" });
  const draw = () => {
    const text = `Colours: ${now()}`;
    button.setAttribute("aria-label", text);
    button.title = text;
    fill(button, icon(now()));
  };
  button.addEventListener("click", () => {
    const next = SCHEMES[(SCHEMES.indexOf(now()) + 1) % SCHEMES.length] ?? "system";
    if (next === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    try {
      localStorage.setItem("berth.theme", next);
    } catch {
      // It then holds for this page only.
    }
    draw();
  });
  draw();
  return button;
}

addEventListener("hashchange", show);
signedOut.addEventListener("signed-out", () => {
  if (currentKey() === null) return;
  signOut();
  show();
});
show();
