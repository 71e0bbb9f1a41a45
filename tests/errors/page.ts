/** The page of all errors, `runtime/ERRORS.md`: every code with its cause, its messages as the sources have them, its fix. */
import { fromFileUrl } from "./root.ts";
import { AUTH_ERRORS } from "../../runtime/auth/errors.ts";
import { BUILD_ERRORS } from "../../runtime/build/errors.ts";
import { CLI_ERRORS } from "../../runtime/cli/errors.ts";
import type { ErrorTable } from "../../runtime/error.ts";
import { HOST_ERRORS } from "../../runtime/errors.ts";
import { STORE_ERRORS } from "../../runtime/store/errors.ts";
import { UNIT_ERRORS } from "../../runtime/unit/errors.ts";
import { PREPARE_ERRORS } from "../../runtime/unit/prepare/errors.ts";
import { WORKER_ERRORS } from "../../runtime/worker/errors.ts";
import { GUEST_CODES, MESSAGE_CODES } from "./guest_codes.ts";
import { type Message, messagesOf, sources } from "./scan.ts";

/** The tables, in the order of a service's life. */
const TABLES: readonly (readonly [title: string, table: ErrorTable])[] = [
  ["The command line", CLI_ERRORS],
  ["Building", BUILD_ERRORS],
  ["Archives, manifests, modules", UNIT_ERRORS],
  ["Preparation of modules", PREPARE_ERRORS],
  ["Deployments and the host", HOST_ERRORS],
  ["Requests", WORKER_ERRORS],
  ["Images, services and what is stored", STORE_ERRORS],
  ["Keys, tokens, signatures", AUTH_ERRORS],
];

/** Every code that a caller or an operator can see, with what is said of it. */
export const ALL_ERRORS: ErrorTable = Object.assign({}, ...TABLES.map(([, table]) => table));

/** Functions that take the code; classes of other readers are listed apart. */
const GUEST_CLASSES = /^(CapabilityError|MessageError)$/;
const FOLDERS = ["runtime", "capabilities", "abi"];

/** Messages that stand apart from their code in the sources; `errors_test.ts` sees them for real. */
const SAID_ELSEWHERE: readonly Message[] = [{
  code: "auth-limited",
  text: "too many requests without a valid key came from this address",
  file: "runtime/auth/auth.ts",
}, {
  code: "manifest-invalid",
  text: "berth.json: {key}: {problem}",
  file: "runtime/unit/manifest.ts",
}];

/** The messages of all codes that callers and operators see. */
export function publicMessages(): Message[] {
  const found: Message[] = [];
  for (const [file, text] of sources(fromFileUrl(), FOLDERS)) {
    found.push(
      ...messagesOf(text, file, /^(?!(CapabilityError|MessageError)$)/, (code) => code in ALL_ERRORS),
    );
  }
  found.push(...SAID_ELSEWHERE);
  return found.filter(({ text }) => !/^\{\w+\}$/.test(text));
}

/** The messages that guests get, by the class that carries them. */
function guestMessages(known: Readonly<Record<string, unknown>>, name: string): Message[] {
  const found: Message[] = [];
  for (const [file, text] of sources(fromFileUrl(), FOLDERS)) {
    found.push(
      ...messagesOf(text, file, GUEST_CLASSES, (code) => code in known, new RegExp(`\\b${name}\\(`)),
    );
  }
  return found;
}

/** The whole page. */
export function errorsPage(): string {
  const messages = publicMessages();
  const parts = TABLES.map(([title, table]) =>
    [`## ${title}`, ...Object.entries(table).map(([code, spec]) => entry(code, spec, messages))].join("\n\n")
  );
  return [
    HEAD,
    ...parts,
    guestPart("What a capability tells a guest", GUEST_CODES, "CapabilityError"),
    guestPart("What the serverless ABI tells a guest of its messages", MESSAGE_CODES, "MessageError"),
  ].join("\n\n") + "\n";
}

function entry(
  code: string,
  { status, title, fix }: ErrorTable[string],
  messages: readonly Message[],
): string {
  const texts = unique(messages, code);
  return [
    `### \`${code}\` (${status})`,
    "",
    `Cause: ${title}.`,
    ...texts.map((text) => `- ${text}`),
    "",
    `Fix: ${fix === "" ? "as the device says it, with the answer." : fix}`,
  ].join("\n");
}

function guestPart(
  title: string,
  codes: Readonly<Record<string, readonly [string, string]>>,
  name: string,
): string {
  const messages = guestMessages(codes, name);
  const rows = Object.entries(codes).map(([code, [cause, fix]]) =>
    [
      `### \`${code}\``,
      "",
      `Cause: ${cause}`,
      ...unique(messages, code).map((text) => `- ${text}`),
      "",
      `Fix: ${fix}`,
    ]
      .join("\n")
  );
  return [`## ${title}`, ...rows].join("\n\n");
}

function unique(messages: readonly Message[], code: string): string[] {
  const texts = messages.filter((message) => message.code === code).map(({ text }) =>
    text.replace(/\s+/g, " ").trim()
  );
  return [...new Set(texts)].sort().map((text) => text.replaceAll("<", "\\<").replaceAll("|", "/"));
}

const HEAD = `# Errors

Made by \`deno task generate\` from the tables and the sources; do not edit. Every error has a code, which stays, and a message that
says what was attempted and what is; \`{name}\` in it is filled in. Behind the code is the HTTP status of an answer that carries it
(\`application/problem+json\`; below \`/mcm\` in mimOE's shape). The command line prints the message and the fix and ends with 1, but
with 2 for \`usage\`, 3 for \`host-refused\`, 4 for \`host-unreachable\` and \`host-unknown\`. Text of a manifest's mistakes names each
key, what it must be and the nearest known name.`;
