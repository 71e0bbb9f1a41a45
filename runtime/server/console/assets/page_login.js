/** Signing in with the host's API key. */
import { signIn } from "./api.js";
import { fill, h } from "./dom.js";
import { field, problemBox } from "./parts.js";

/**
 * The page; `done` is called when the host has taken the key.
 * @param {() => void} done
 */
export function loginPage(done) {
  const key = h("input", {
    id: "key",
    type: "password",
    required: true,
    autocomplete: "off",
    spellcheck: "false",
  });
  const client = h("input", { id: "client", value: "api", autocomplete: "off", spellcheck: "false" });
  const problem = h("div");
  const button = h("button", { class: "button primary wide", type: "submit" }, "Sign in");
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      await signIn(key.value.trim(), client.value.trim() || "api");
      done();
    } catch (error) {
      fill(problem, problemBox(error));
      key.focus();
      key.select();
    }
    button.disabled = false;
  };
  const element = h(
    "main",
    { id: "main", class: "login" },
    h(
      "form",
      { class: "panel login-card", onsubmit: submit },
      h("img", { src: "icon.svg", alt: "", width: 48, height: 48 }),
      h("h1", null, "Berth"),
      h("p", { class: "faint" }, "Services at work on this device."),
      field(
        "API key",
        key,
        "The first one is in the file api-key of the host's data folder; a token works too. This tab forgets it when it is closed.",
      ),
      h(
        "details",
        null,
        h("summary", null, "Another client"),
        field("Client id", client, "Whose services are shown and deployed; “api” unless you chose another."),
      ),
      problem,
      button,
    ),
  );
  return { element, focus: () => key.focus() };
}
