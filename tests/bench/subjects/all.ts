/** All subjects, the engine's own limit first: the others are compared with it. */
import { jcoSubjects, spinSubjects, wasmtimeSubjects } from "../peers/component.ts";
import { fetchWorkerd, workerdSubject } from "../peers/workerd.ts";
import { buildWazeroHost, wazeroSubject } from "../peers/wazero.ts";
import { bareSubject } from "./bare.ts";
import { berthSubject } from "./berth.ts";
import { PROGRAM_SUBJECT } from "./program.ts";
import { buildGuest, sdkSubject } from "./sdk.ts";
import type { RunSetting, Subject } from "./subject.ts";

const OWN = [
  bareSubject("deno"),
  bareSubject("hono"),
  berthSubject("fresh"),
  berthSubject("shared"),
  PROGRAM_SUBJECT,
];

/** What must first be built or fetched. */
const LATER: readonly { names: readonly string[]; find: (setting: RunSetting) => Promise<Subject[]> }[] = [
  { names: ["Berth C++"], find: async (setting) => [sdkSubject("cpp", await buildGuest("cpp", setting))] },
  {
    names: ["Berth AS"],
    find: async (setting) => [sdkSubject("assemblyscript", await buildGuest("assemblyscript", setting))],
  },
  {
    names: ["workerd shared", "workerd fresh"],
    async find(setting) {
      const program = await fetchWorkerd(setting);
      return [workerdSubject(program, "shared"), workerdSubject(program, "fresh")];
    },
  },
  { names: ["wasmtime fresh", "wasmtime pooled"], find: wasmtimeSubjects },
  { names: ["spin"], find: spinSubjects },
  { names: ["jco shared"], find: jcoSubjects },
  { names: ["wazero fresh"], find: async (setting) => [wazeroSubject(await buildWazeroHost(setting))] },
];

/** Those that can run here and are wanted; what cannot is noted. */
export async function subjectsOf(
  wanted: readonly string[],
  setting: RunSetting,
  note: (text: string) => void,
): Promise<Subject[]> {
  const fits = (name: string) =>
    wanted.length === 0 || wanted.some((part) => name.toLowerCase().includes(part.toLowerCase()));
  const subjects = OWN.filter(({ name }, index) => index === 0 || fits(name));
  for (const { names, find } of LATER) {
    if (!names.some(fits)) continue;
    try {
      subjects.push(...(await find(setting)).filter(({ name }) => fits(name)));
    } catch (error) {
      note(`${names.join(", ")} missing: ${error instanceof Error ? error.message : error}`);
    }
  }
  return subjects;
}
