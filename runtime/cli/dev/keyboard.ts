/** What one can type while `berth dev` runs. */
import type { Screen } from "../screen.ts";
import type { Development } from "./development.ts";
import { LineEditor, type Typed } from "./line_editor.ts";
import { answerLines, readRequestLine } from "./request.ts";

/** What keys do beside asking the service. */
export interface KeyboardActions {
  rebuild(): void;
  openConsole(): void;
  quit(): void;
}

const PROMPT = "› ";

/** The help that `?` shows. */
const HELP = [
  "  GET /path                 ask the service",
  '  POST /path {"a": 1}       with a body; PUT, PATCH, DELETE too',
  "  r  build and deploy again     o  open the dashboard     q  quit     ?  this help",
];

/** Reads keys until the end: lines are requests, single keys are commands. */
export async function readKeyboard(
  keys: AsyncIterable<string>,
  development: Development,
  actions: KeyboardActions,
  screen: Screen,
  signal: AbortSignal,
): Promise<void> {
  const editor = new LineEditor("roq?yn");
  const answer = (typed: Typed): Promise<void> | void => {
    if (typed.kind === "interrupt" || typed.kind === "end") return actions.quit();
    if (typed.kind === "key") return pressed(typed.key, development, actions, screen);
    if (typed.kind === "line") return asked(typed.text, development, screen, signal);
  };
  screen.prompt(PROMPT);
  for await (const input of keys) {
    for (const typed of editor.type(input)) {
      if (typed.kind === "line") screen.note(screen.noteColours.dim(PROMPT + typed.text));
      answer(typed)?.catch?.((error: unknown) => screen.note(String(error)));
    }
    if (!signal.aborted) screen.prompt(PROMPT + editor.text);
  }
  screen.prompt("");
}

function pressed(
  key: string,
  development: Development,
  actions: KeyboardActions,
  screen: Screen,
): Promise<void> | void {
  switch (key) {
    case "r":
      return actions.rebuild();
    case "o":
      return actions.openConsole();
    case "q":
      return actions.quit();
    case "?":
      return screen.note(HELP.join("\n"));
    default:
      if (development.asks) return development.answerOffer(key === "y");
  }
}

async function asked(
  line: string,
  development: Development,
  screen: Screen,
  signal: AbortSignal,
): Promise<void> {
  const request = readRequestLine(line);
  if (!request) return screen.note(`Write a request, GET /path for one; ? shows what else there is.`);
  const { service } = development;
  if (!service) return screen.note("The service does not run yet.");
  for (const text of await answerLines(request, service.url, screen.noteColours, signal)) screen.note(text);
}
