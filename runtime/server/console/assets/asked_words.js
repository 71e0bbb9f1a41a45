/** What a manifest asks for, in plain words, before a host has judged it: the text is the manifest's own. */

/** @param {unknown} value @returns {Record<string, unknown>} */
const record = (value) => typeof value === "object" && value !== null ? { ...value } : {};
/** @param {unknown} value @returns {unknown[]} */
const list = (value) => Array.isArray(value) ? value : [];
/** @param {unknown[]} values */
const names = (values) =>
  values.map((value) => typeof value === "string" ? value : JSON.stringify(value)).join(", ");

/** @type {Readonly<Record<string, (asked: Record<string, unknown>, value: unknown) => string[]>>} */
const WORDS = {
  files: ({ mounts, private: own, scratch, assets }) => [
    ...list(mounts).map(record).map(({ guest, access, host }) =>
      `${access === "read-write" ? "reads and writes" : "reads"} the folder ${
        host ?? "that you choose"
      } as ${guest}`
    ),
    ...(own ? [`keeps files of its own at ${own}`] : []),
    ...(scratch ? [`keeps files in memory at ${scratch}`] : []),
    ...(assets ? [`reads the files of its image at ${assets}`] : []),
  ],
  clock: ({ wall, monotonic }, value) => [
    ...(value === true || wall ? ["reads the time of day"] : []),
    ...(value === true || monotonic ? ["measures time spans"] : []),
  ],
  random: () => ["gets random numbers"],
  env: ({ variables, secrets }, value) => [
    ...(value === true ? ["reads all of its configuration"] : []),
    ...(Array.isArray(value) ? [`reads ${names(value)} of its configuration`] : []),
    ...(Array.isArray(variables) ? [`reads ${names(variables)} of its configuration`] : []),
    ...(list(secrets).length > 0 ? [`reads the secrets ${names(list(secrets))}`] : []),
  ],
  stdio: () => ["writes lines into its log"],
  http: ({ allow, authorities }) => [
    `calls ${names(list(allow))}`,
    ...(list(authorities).length > 0 ? ["trusts certificates that it brings along"] : []),
  ],
  storage: () => ["keeps keys and values in its own database on this device"],
  services: ({ allow }) => [`calls the services ${names(list(allow))}`],
  websocket: ({ origins }) => [
    list(origins).length > 0
      ? `takes WebSocket connections of ${names(list(origins))}`
      : "takes WebSocket connections",
  ],
};

/**
 * A capability that is asked for, as a sentence; JSON for what this page has no words for.
 * @param {string} name @param {unknown} value
 * @returns {string}
 */
export function askedWords(name, value) {
  const words = Object.hasOwn(WORDS, name)
    ? WORDS[name]?.(record(value), value).filter((line) => line !== "")
    : [];
  return words && words.length > 0 ? words.join("; ") : JSON.stringify(value);
}
