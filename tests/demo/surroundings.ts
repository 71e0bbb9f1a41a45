/** What a device has around it and the demo has not: log files that grow, and another machine to call. */
import { join } from "@std/path";

/** A folder of logs and an upstream; dispose of it when done. */
export interface Surroundings extends AsyncDisposable {
  readonly logsFolder: string;
  /** `http://127.0.0.1:PORT` of a weather station. */
  readonly upstream: string;
}

const GROW_EVERY_MS = 5_000;

/** Makes them. The logs lie below `folder`. */
export async function makeSurroundings(folder: string): Promise<Surroundings> {
  const logsFolder = join(folder, "logs");
  await Deno.mkdir(logsFolder, { recursive: true });
  await Deno.writeTextFile(join(logsFolder, "pump.log"), PUMP_LOG.join("\n") + "\n");
  await Deno.writeTextFile(join(logsFolder, "gateway.log"), GATEWAY_LOG.join("\n") + "\n");
  const station = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => Response.json({ station: "harbour", degreesCelsius: 11.5, wind: "fresh breeze" }),
  );
  let beats = 0;
  const timer = setInterval(() => {
    const line = `${new Date().toISOString()} INFO  pump turns, ${++beats} beats since the demo began\n`;
    Deno.writeTextFile(join(logsFolder, "pump.log"), line, { append: true }).catch(() => {});
  }, GROW_EVERY_MS);
  return {
    logsFolder,
    upstream: `http://127.0.0.1:${station.addr.port}`,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await station.shutdown();
    },
  };
}

const PUMP_LOG = [
  "2026-11-23T06:00:00Z INFO  pump controller 2.4.1 starts",
  "2026-11-23T06:00:01Z DEBUG valve A: closed, valve B: closed",
  "2026-11-23T06:00:02Z INFO  pressure 2.1 bar",
  "2026-11-23T06:14:37Z WARN  pressure 3.4 bar is above the usual 3.0",
  "2026-11-23T06:15:02Z WARN  pressure 3.9 bar is above the usual 3.0",
  "2026-11-23T06:15:20Z ERROR valve B does not answer",
  "2026-11-23T06:15:21Z INFO  valve A opened instead",
  "2026-11-23T06:15:40Z INFO  pressure 2.6 bar",
];

const GATEWAY_LOG = [
  "Nov 23 06:00:00 gateway[412]: [info] link up, 100 Mbit/s",
  "Nov 23 06:20:11 gateway[412]: [error] no answer from 10.1.0.7",
  "Nov 23 06:20:14 gateway[412]: [info] 10.1.0.7 is back",
];
