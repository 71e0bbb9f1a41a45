/** Deploying: drop a tar, read what it asks for, send it. */
import { deploy } from "./api.js";
import { approvalBox } from "./approval.js";
import { askedWords } from "./asked_words.js";
import { fill, h, icon } from "./dom.js";
import { bytes, percent } from "./format.js";
import { field, notify, problemBox } from "./parts.js";
import { peekManifest } from "./tar.js";
/** @import { Live } from "./live.js" */
/** @import { Page } from "./dom.js" */
/** @import { Approval, ServiceSummary } from "../types.ts" */

/** @param {Live} live @returns {Page} */
export function deployPage(live) {
  const abort = new AbortController();
  const place = h("div", { class: "deploy-steps" });
  const element = h(
    "div",
    { class: "page narrow" },
    h("div", { class: "page-head" }, h("h1", null, "Deploy a service")),
    dropArea(choose),
    place,
  );

  /** @param {File} file */
  async function choose(file) {
    const manifest = await peekManifest(file);
    const form = deployForm(file, manifest, live);
    form.element.addEventListener("submit", (event) => {
      event.preventDefault();
      send(file, form.options());
    });
    fill(place, form.element);
    form.element.querySelector("button")?.focus();
  }

  /** @param {File} file @param {Record<string, unknown>} options */
  async function send(file, options) {
    const bar = h("progress", { max: 1, value: 0, "aria-label": "Upload" });
    const text = h("p", { role: "status" }, `Sending ${file.name}…`);
    const panel = h("div", { class: "panel" }, text, bar);
    fill(place, panel);
    try {
      const service = await deploy(file, options, (share) => {
        bar.value = share;
        text.textContent = share < 1
          ? `Sending ${file.name}: ${percent(share)}`
          : "The host checks, prepares and starts it…";
        if (share >= 1) bar.removeAttribute("value");
      }, abort.signal);
      await live.refresh();
      if (isWaiting(service)) {
        fill(
          place,
          approvalBox(
            service,
            live,
            (approved) => location.hash = approved ? `#/services/${encodeURIComponent(service.id)}` : "#/",
          ),
        );
      } else {
        notify(`Deployed ${service.name} ${service.version}`);
        fill(place, success(service));
      }
    } catch (error) {
      fill(place, problemBox(error));
    }
  }
  return { title: "Deploy", element, leave: () => abort.abort() };
}

/** @param {ServiceSummary | Approval} deployed @returns {deployed is Approval} */
const isWaiting = (deployed) => "more" in deployed;

/** @param {(file: File) => void} take */
function dropArea(take) {
  const input = h("input", {
    id: "tar",
    type: "file",
    class: "unseen",
    accept: ".tar,.tgz,.gz,.zst,application/x-tar,application/gzip",
    onchange: () => {
      const file = input.files?.[0];
      if (file) take(file);
      input.value = "";
    },
  });
  const area = h(
    "div",
    { class: "drop" },
    icon("box"),
    h("p", { class: "empty-title" }, "Drop a tar here"),
    h("p", { class: "faint" }, "As berth pack or mimik's tools make it; gzip and zstd too."),
    input,
    h("label", { for: "tar", class: "button primary" }, "Choose a file"),
  );
  area.addEventListener("dragover", (event) => {
    event.preventDefault();
    area.dataset.over = "yes";
  });
  area.addEventListener("dragleave", () => delete area.dataset.over);
  area.addEventListener("drop", (event) => {
    event.preventDefault();
    delete area.dataset.over;
    const file = event.dataTransfer?.files[0];
    if (file) take(file);
  });
  return area;
}

/**
 * @param {File} file
 * @param {Record<string, unknown> | null} manifest
 * @param {Live} live
 */
function deployForm(file, manifest, live) {
  const name = h("input", {
    id: "deploy-name",
    autocomplete: "off",
    spellcheck: "false",
    placeholder: String(manifest?.name ?? "as the image says"),
  });
  const env = h("textarea", { id: "deploy-env", rows: 3, spellcheck: "false", placeholder: "GREETING=Ahoy" });
  const mounts = h("textarea", {
    id: "deploy-mounts",
    rows: 2,
    spellcheck: "false",
    placeholder: "/logs=/var/log/app",
  });
  const element = h(
    "form",
    { class: "panel" },
    h("h2", null, manifest ? `${manifest.name ?? "?"} ${manifest.version ?? ""}` : file.name),
    h("p", { class: "faint" }, `${file.name}, ${bytes(file.size)}${replaced(manifest, live)}`),
    asks(manifest),
    field("Name", name, "Empty: the name that the image has."),
    h(
      "details",
      null,
      h("summary", null, "Configuration and folders"),
      field("Configuration", env, "One a line, as NAME=value. It goes before the image's own."),
      field(
        "Folders of the device",
        mounts,
        "One a line, as guest path=folder of the device, for mounts that the service asks for.",
      ),
    ),
    h(
      "div",
      { class: "actions" },
      h("button", { class: "button primary", type: "submit" }, icon("deploy"), "Deploy"),
    ),
  );
  return {
    element,
    options: () => ({
      ...(name.value.trim() === "" ? {} : { name: name.value.trim() }),
      ...(env.value.trim() === "" ? {} : { env: pairs(env.value) }),
      ...(mounts.value.trim() === "" ? {} : { mounts: pairs(mounts.value) }),
    }),
  };
}

/** @param {Record<string, unknown> | null} manifest @param {Live} live */
function replaced(manifest, live) {
  const before = live.services.find(({ name }) => name === manifest?.name);
  return before ? `. It takes the place of version ${before.version}, which runs now.` : "";
}

/** What it asks for, as its manifest says it. @param {Record<string, unknown> | null} manifest */
function asks(manifest) {
  if (!manifest) {
    return h(
      "p",
      null,
      "What it asks for cannot be read here; the host checks it, and asks you before it grants more than the baseline.",
    );
  }
  const asked = Object.entries(typeof manifest.capabilities === "object" ? manifest.capabilities ?? {} : {});
  if (asked.length === 0) return h("p", null, "It asks for nothing.");
  return h(
    "div",
    { class: "asks" },
    h("p", null, "It asks for this. What goes beyond the service itself waits for your approval:"),
    h(
      "ul",
      { class: "plain" },
      asked.map(([name, value]) => h("li", null, h("strong", null, name), ` ${askedWords(name, value)}`)),
    ),
  );
}

/** @param {string} lines */
function pairs(lines) {
  return Object.fromEntries(
    lines.split("\n").filter((line) => line.includes("=")).map((line) => {
      const at = line.indexOf("=");
      return [line.slice(0, at).trim(), line.slice(at + 1).trim()];
    }),
  );
}

/** @param {ServiceSummary} service */
function success(service) {
  const base = `#/services/${encodeURIComponent(service.id)}`;
  return h(
    "div",
    { class: "panel success" },
    h("h2", null, `${service.name} ${service.version} is ${service.state}`),
    h("p", null, "It answers at ", h("code", { class: "path" }, location.origin + service.basePath)),
    h(
      "div",
      { class: "actions" },
      h("a", { class: "button", href: base }, "Look at it"),
      h("a", { class: "button primary", href: `${base}/try` }, "Try it"),
    ),
  );
}
