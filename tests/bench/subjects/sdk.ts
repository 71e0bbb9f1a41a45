/** Berth with services in C++ and AssemblyScript, built as a developer builds them. */
import { Builder } from "../../../runtime/build/build.ts";
import { berthOf, CONCURRENCY_DEFAULT, handWritten } from "./berth.ts";
import type { RunSetting, Subject, Work } from "./subject.ts";

/** A language of the SDKs. */
export type SdkLanguage = "cpp" | "assemblyscript";

const NAMES: Readonly<Record<SdkLanguage, string>> = { cpp: "Berth C++", assemblyscript: "Berth AS" };

const WORKS: Readonly<Record<SdkLanguage, readonly Work[]>> = {
  cpp: ["hello", "echo", "body-in", "body-out", "egress", "storage-read", "storage-write", "file"],
  assemblyscript: ["hello", "echo", "body-in", "body-out", "egress", "storage-read", "storage-write"],
};

/** The AssemblyScript SDK has no clock to make another value of for each write: it is asked to write these in turn. */
const VALUES = Array.from({ length: 16 }, (_, index) => `?value=${10_000_000 + index}`);

/** Builds the service of a language; what was built before is there at once. */
export async function buildGuest(language: SdkLanguage, { cacheFolder }: RunSetting): Promise<Uint8Array> {
  using builder = new Builder(`${cacheFolder}/build`);
  const folder = decodeURIComponent(new URL(`../guests/${language}`, import.meta.url).pathname);
  const { modulePath } = await builder.build(folder, {
    release: true,
    language,
    output: `${cacheFolder}/${language}.wasm`,
  });
  return await Deno.readFile(modulePath);
}

/** One service with all works, fresh state. */
export function sdkSubject(language: SdkLanguage, module: Uint8Array): Subject {
  return {
    name: NAMES[language],
    async start(work, setting, servers) {
      if (!WORKS[language].includes(work)) return null;
      const server = await berthOf(setting, servers);
      const { manifest } = handWritten(work, setting);
      const limits = {
        concurrencyMaxCount: CONCURRENCY_DEFAULT,
        ...manifest.limits as Record<string, number>,
      };
      const capabilities = { ...manifest.capabilities as Record<string, unknown>, env: ["TARGET"] };
      await server.deploy(language, module, {
        ...manifest,
        capabilities,
        limits,
        env: { TARGET: setting.targetOrigin },
      });
      const path = `/api/${language}/${work}`;
      const asked = language === "assemblyscript" && work === "storage-write";
      return { server, paths: asked ? VALUES.map((value) => path + value) : [path] };
    },
  };
}
