/** The tables of SPEC.md that follow from the data. */
import { SERVERLESS_FUNCTIONS } from "../functions.ts";
import { EVENTS } from "../table/events.ts";
import { MESSAGES } from "../table/messages.ts";
import type { MessageParameter, MessageRecord } from "../table/record.ts";

/** The marks between which a table stands in SPEC.md. */
const mark = (name: string, end = false) => `<!-- ${end ? "/" : ""}generated: ${name} -->`;

const cell = (text: string) => text.replaceAll("|", "\\|");

function functionsTable(): string {
  const rows = SERVERLESS_FUNCTIONS.map((fn) => {
    const parameters = fn.parameters.map((one) => `${one.name} ${one.type}`).join(", ");
    const errors = Object.entries(fn.errors).map(([code, cause]) => `${code}: ${cause}`).join("; ");
    const results = fn.results.join(", ") || "()";
    return `| \`${fn.module}\` | \`${fn.name}\` | (${parameters}) → ${results} | ${
      fn.suspends ? "yes" : "no"
    } | ${cell(fn.summary)} | ${cell(errors)} |`;
  });
  return ["| module | name | signature | may wait | meaning | errors |", "|---|---|---|---|---|---|", ...rows]
    .join("\n");
}

function bounds({ type, min, max, oneOf, default: standard }: MessageParameter): string {
  const unit = type === "int"
    ? ""
    : type === "headers" || type === "steps" || type === "fields"
    ? " entries"
    : " bytes";
  const limit = max === undefined ? "" : typeof max === "string" ? `≤ \`${max}\`${unit}` : `≤ ${max}${unit}`;
  const least = min === undefined ? "" : `≥ ${min}${type === "int" ? "" : " bytes"}`;
  const choice = oneOf ? `one of ${oneOf.map((one) => `\`${one}\``).join(", ")}` : "";
  const absent = standard === undefined ? "required" : `default ${defaultText(standard)}`;
  return [least, limit, choice, absent].filter((part) => part !== "").join("; ");
}

function defaultText(standard: unknown): string {
  if (standard instanceof Uint8Array || standard === "" || Array.isArray(standard)) return "empty";
  if (standard === null) return "nil";
  return typeof standard === "object" ? "empty" : `\`${standard}\``;
}

const SHAPES: Readonly<Record<MessageRecord["shape"], string>> = {
  map: "a map",
  list: "a list: the first, then (optional) a map of the others",
  pair: "a list in this order",
  nil: "nil",
};

const ANSWERS: Readonly<Record<MessageRecord["answer"], string>> = {
  none: "No answer (session 0).",
  once: "One answer.",
  many: "Any number of callbacks.",
};

function messageSection(record: MessageRecord): string {
  const needs = record.capability === null ? "none" : `\`${record.capability}\``;
  const lines = [
    `#### \`${record.method}\``,
    `${record.summary} Since ${record.since}; capability: ${needs}; parameters: ${SHAPES[record.shape]}. ${
      ANSWERS[record.answer]
    }${record.needsRequest ? " Only while a request is under way." : ""}`,
    "",
  ];
  if (record.params.length > 0) {
    lines.push("| parameter | type | bounds | meaning |", "|---|---|---|---|");
    for (const one of record.params) {
      lines.push(`| \`${one.name}\` | ${one.type} | ${cell(bounds(one))} | ${cell(one.meaning)} |`);
    }
    lines.push("");
  }
  if (record.result.length > 0) {
    lines.push("| result | type | meaning |", "|---|---|---|");
    for (const one of record.result) lines.push(`| \`${one.name}\` | ${one.type} | ${cell(one.meaning)} |`);
    lines.push("");
  }
  const errors = Object.entries(record.errors);
  if (errors.length > 0) {
    lines.push(
      "| error | cause |",
      "|---|---|",
      ...errors.map(([code, cause]) => `| \`${code}\` | ${cell(cause)} |`),
      "",
    );
  }
  return lines.join("\n");
}

function eventsTable(): string {
  const rows = EVENTS.map(({ method, since, summary, request, headers, answer }) => {
    const own = Object.entries(headers).map(([name, meaning]) => `\`${name}\`: ${meaning}`).join("; ") || "–";
    return `| \`${method}\` | ${since} | ${cell(summary)} | ${cell(request)} | ${cell(own)} | ${
      cell(answer)
    } |`;
  });
  return [
    "| method | since | meaning | method and body of `request` | headers of the host | the guest's answer |",
    "|---|---|---|---|---|---|",
    ...rows,
  ].join("\n");
}

const section = (own: boolean) =>
  MESSAGES.filter((record) => (record.since === "berth 1") === own).map(messageSection).join("\n").trimEnd();

/** The page with its generated tables brought up to date; what stands around them stays. */
export function specPage(page: string): string {
  const tables: Readonly<Record<string, string>> = {
    functions: functionsTable(),
    events: eventsTable(),
    "mimik messages": section(false),
    "berth messages": section(true),
  };
  let text = page;
  for (const [name, table] of Object.entries(tables)) {
    const start = text.indexOf(mark(name));
    const end = text.indexOf(mark(name, true));
    if (start < 0 || end < start) throw new Error(`write SPEC.md: the marks of "${name}" are missing`);
    text = `${text.slice(0, start)}${mark(name)}\n${table}\n${text.slice(end)}`;
  }
  return text;
}
