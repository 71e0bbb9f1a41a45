/** The first message brings the memory. */
import { onFirstMessage } from "../measure/worker_entry.ts";
import { weighWorker } from "./weighed.ts";

onFirstMessage(({ weight }) => weighWorker(weight as Float64Array<SharedArrayBuffer>)); // see `weighWorkers`
