/** The worker's table of capabilities: one line each. Imports no package. */
import type { Clock } from "./clock/clock.ts";
import type { Env } from "./env/env.ts";
import type { Files } from "./files/files.ts";
import type { Http } from "./http/http.ts";
import type { Random } from "./random/random.ts";
import type { Stdio } from "./stdio/stdio.ts";
import type { Storage } from "./storage/storage.ts";

/** What a guest holds: a member is there only when it was granted. */
export interface OpenedCapabilities {
  readonly files?: Files;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly env?: Env;
  readonly stdio?: Stdio;
  readonly http?: Http;
  readonly storage?: Storage;
}
