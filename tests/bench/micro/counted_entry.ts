/** The worker's entry with counters; the order of the imports matters. */
import "./counted_boot.ts";
import "../../../runtime/worker/entry.ts";
