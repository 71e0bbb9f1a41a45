/** The first message brings the memory. */
import { onFirstMessage } from "../measure/worker_entry.ts";
import { tellAllocated } from "./allocated.ts";

onFirstMessage(({ cells }) => tellAllocated(cells as Float64Array<SharedArrayBuffer>)); // see `askWorkers`
