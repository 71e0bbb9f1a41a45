/** Berth with a plain WASI program, run once for each request: what the CGI convention costs beside the serverless ABI. */
import { programGuest } from "../guests/guests.ts";
import { berthOf, CONCURRENCY_DEFAULT } from "./berth.ts";
import type { Subject } from "./subject.ts";

/** Only says hello. */
export const PROGRAM_SUBJECT: Subject = {
  name: "Berth WASI",
  async start(work, setting, servers) {
    if (work !== "hello") return null;
    const server = await berthOf(setting, servers);
    const limits = { concurrencyMaxCount: CONCURRENCY_DEFAULT };
    await server.deploy("program", programGuest("hello"), { limits });
    return { server, paths: ["/api/program"] };
  },
};
