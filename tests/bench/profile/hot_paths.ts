/** The ways of a request that are profiled. */
import type { LoadRequest } from "../load/load.ts";
import { LOAD_SCENARIOS } from "../scenarios.ts";
import { berthSubject } from "../subjects/berth.ts";
import { PROGRAM_SUBJECT } from "../subjects/program.ts";
import { buildGuest, type SdkLanguage, sdkSubject } from "../subjects/sdk.ts";
import type { RunSetting, Subject, Work } from "../subjects/subject.ts";

/** One of them. */
export interface HotPath {
  readonly name: string;
  readonly work: Work;
  subject(setting: RunSetting): Promise<Subject> | Subject;
}

const fresh = () => berthSubject("fresh");

/** All of them. */
export const HOT_PATHS: readonly HotPath[] = [
  { name: "hello-fresh", work: "hello", subject: fresh },
  { name: "hello-shared", work: "hello", subject: () => berthSubject("shared") },
  { name: "body-in", work: "body-in", subject: fresh },
  { name: "body-out", work: "body-out", subject: fresh },
  { name: "egress", work: "egress", subject: fresh },
  { name: "storage-write", work: "storage-write", subject: fresh },
  { name: "file", work: "file", subject: fresh },
  { name: "program", work: "hello", subject: () => PROGRAM_SUBJECT },
  ofSdk("cpp"),
  ofSdk("assemblyscript"),
];

function ofSdk(language: SdkLanguage): HotPath {
  const subject = async (setting: RunSetting) => sdkSubject(language, await buildGuest(language, setting));
  return { name: language, work: "hello", subject };
}

/** How a work is asked, and by how many connections. */
export function askOf(work: Work): { request: Omit<LoadRequest, "paths">; connections: number } {
  const scenario = LOAD_SCENARIOS.find((each) => each.work === work);
  if (!scenario) throw new Error(`there is no scenario for ${work}`);
  // Where a scenario has several numbers, the second is the usual one.
  return { request: scenario.request, connections: scenario.connections[1] ?? scenario.connections[0] ?? 1 };
}
