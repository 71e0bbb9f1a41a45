/** The command's options. */
import { parseArgs } from "node:util";

/** What was asked for. */
export interface BenchOptions {
  /** Names of scenarios; all when empty. */
  readonly scenarios: readonly string[];
  /** Names of subjects, or parts of them; all when empty. */
  readonly subjects: readonly string[];
  readonly rounds: number;
  readonly seconds: number;
  /** Numbers of connections in place of the scenarios' own. */
  readonly connections: readonly number[];
  /** Where the figures go as JSON. */
  readonly json: string | undefined;
  readonly load: string | undefined;
  /** Also what takes long: hundreds of services, millions of requests. */
  readonly long: boolean;
  readonly help: boolean;
}

/** How the command is used. */
export const USAGE = `deno task bench [options]

  --scenario NAME   only this one; may be repeated (--scenario list names them)
  --subject NAME    only subjects whose name holds this; may be repeated; Deno.serve always runs
  --rounds N        rounds, interleaved (default 5)
  --seconds N       seconds of load for each subject in each round (default 3)
  --connections N   in place of the scenario's own; may be repeated
  --quick           2 rounds of 1 second
  --long            also 200 and 500 services, 5 million requests
  --load NAME       wrk, oha or bundled; by default the first that is installed
  --json FILE       the figures as JSON
`;

function count(text: string | undefined, otherwise: number, name: string): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`--${name} is ${JSON.stringify(text)}; write a whole number above 0`);
}

/** Reads the arguments; throws with a text that says what is wrong. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      scenario: { type: "string", multiple: true },
      subject: { type: "string", multiple: true },
      rounds: { type: "string" },
      seconds: { type: "string" },
      connections: { type: "string", multiple: true },
      quick: { type: "boolean" },
      long: { type: "boolean" },
      load: { type: "string" },
      json: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  const { quick = false } = values;
  return {
    scenarios: values.scenario ?? [],
    subjects: values.subject ?? [],
    rounds: count(values.rounds, quick ? 2 : 5, "rounds"),
    seconds: count(values.seconds, quick ? 1 : 3, "seconds"),
    connections: (values.connections ?? []).map((text) => count(text, 1, "connections")),
    json: values.json,
    load: values.load,
    long: values.long ?? false,
    help: values.help ?? false,
  };
}
