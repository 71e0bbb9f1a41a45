/** The host's management API: the key, calls, streams and uploads. The key is sent as a header and nowhere else. */
/** @import { Problem } from "../types.ts" */

/**
 * Who is signed in. It is kept in the state of the console's own entries in the tab's history, and not in
 * `sessionStorage`: that can be read by a page of a service that is opened in the same tab, for it has the same
 * origin. The session's number in `sessionStorage` is no secret; it tells which entries are of the past.
 * @typedef {{ key: string, client: string, session: string }} Held
 */

const SESSION = "berth.session";

/** @type {Held | null} */
let held = restored();

/** @returns {Held | null} */
function restored() {
  const kept = history.state?.berth;
  return typeof kept?.key === "string" && kept.session === sessionStorage.getItem(SESSION) ? kept : null;
}

/** Gives the present entry of the history what the last one had; called when a page is shown. */
export function carryKey() {
  if (held && history.state?.berth?.session !== held.session) history.replaceState({ berth: held }, "");
}

/** An answer of the host that is an error, with its cause and its fix. */
export class ApiError extends Error {
  /** @param {Problem} problem */
  constructor(problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

/** Tells the frame that the key is refused. */
export const signedOut = new EventTarget();

/** The key of this tab; `null` when nobody is signed in. */
export function currentKey() {
  return held?.key ?? null;
}

/** Whose services are shown. */
export function currentClient() {
  return held?.client ?? "api";
}

/** Forgets the key; entries of the history that still have it count no more. */
export function signOut() {
  held = null;
  sessionStorage.removeItem(SESSION);
  history.replaceState(null, "");
}

/**
 * Tries a key and keeps it for this tab if the host takes it.
 * @param {string} key
 * @param {string} client
 */
export async function signIn(key, client) {
  const response = await fetch("/berth/v1/host", { headers: headersFor(key, client), cache: "no-store" });
  if (!response.ok) throw await errorOf(response);
  // randomUUID is for secure contexts only, and a device is often reached over plain HTTP.
  held = { key, client, session: crypto.getRandomValues(new Uint32Array(4)).join("-") };
  sessionStorage.setItem(SESSION, held.session);
  carryKey();
}

/**
 * @param {string} key
 * @param {string} client
 */
function headersFor(key, client) {
  return { authorization: `Bearer ${key}`, ...(client === "api" ? {} : { "x-client-id": client }) };
}

/** The headers that prove who calls. */
const proof = () => headersFor(currentKey() ?? "", currentClient());

/**
 * Calls the host and gives the JSON of its answer.
 * @template T
 * @param {string} path
 * @param {{ method?: string, json?: unknown, signal?: AbortSignal }} [options]
 * @returns {Promise<T>}
 */
export async function call(path, { method = "GET", json, signal } = {}) {
  const response = await reach(path, {
    method,
    headers: { ...proof(), ...(json === undefined ? {} : { "content-type": "application/json" }) },
    cache: "no-store",
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    ...(signal ? { signal } : {}),
  });
  return await response.json();
}

/**
 * @param {string} path
 * @param {RequestInit} init
 */
async function reach(path, init) {
  let response;
  try {
    response = await fetch(path, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw unreachable();
  }
  if (response.ok) return response;
  const error = await errorOf(response);
  if (response.status === 401) {
    signedOut.dispatchEvent(new Event("signed-out"));
  }
  throw error;
}

/** The host does not answer at all. */
function unreachable() {
  return new ApiError({
    type: "about:blank",
    title: "The host does not answer",
    status: 0,
    detail: "The connection to the host failed.",
    code: "unreachable",
    fix: "See whether it runs and whether this device reaches it.",
  });
}

/**
 * @param {Response} response
 * @returns {Promise<ApiError>}
 */
async function errorOf(response) {
  return new ApiError(problemOf(response.status, await response.text().catch(() => "")));
}

/**
 * The problem in a body, or one made of the status.
 * @param {number} status
 * @param {string} text
 * @returns {Problem}
 */
export function problemOf(status, text) {
  try {
    const value = JSON.parse(text);
    if (typeof value?.title === "string" && typeof value.detail === "string") return value;
  } catch {
    // Something between here and the host answered in its own way.
  }
  const detail = text.slice(0, 300) || "The answer has no text.";
  return {
    type: "about:blank",
    title: `The host answered ${status}`,
    status,
    detail,
    code: "unknown",
    fix: "",
  };
}

/**
 * Reads lines of JSON until the stream ends or the signal is raised.
 * @template T
 * @param {string} path
 * @param {AbortSignal} signal
 * @param {(values: T[]) => void} take as many as came at once
 */
export async function follow(path, signal, take) {
  const response = await reach(path, { headers: proof(), cache: "no-store", signal });
  if (!response.body) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    const lines = (rest + piece.value).split("\n");
    rest = lines.pop() ?? "";
    take(lines.filter((line) => line !== "").map((line) => JSON.parse(line)));
  }
}

/**
 * Sends a tar with its options and tells how far it is. `XMLHttpRequest`, because `fetch` tells no progress.
 * @param {Blob} tar
 * @param {Record<string, unknown>} options
 * @param {(share: number) => void} progress
 * @param {AbortSignal} signal
 * @returns {Promise<import("../types.ts").ServiceSummary | import("../types.ts").Approval>} the service, or what waits
 */
export function deploy(tar, options, progress, signal) {
  const form = new FormData();
  form.set("image", tar, "image.tar");
  form.set("options", JSON.stringify(options));
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/berth/v1/deployments");
    for (const [name, value] of Object.entries(proof())) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded, total }) => progress(total > 0 ? loaded / total : 0);
    request.onerror = () => reject(unreachable());
    request.onabort = () => reject(new DOMException("given up", "AbortError"));
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve(JSON.parse(request.responseText));
      else {
        if (request.status === 401) signedOut.dispatchEvent(new Event("signed-out"));
        reject(new ApiError(problemOf(request.status, request.responseText)));
      }
    };
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(form);
  });
}
