/** The worker's entry, weighed; the order of the imports matters. */
import "./weighed_boot.ts";
import "../../../runtime/worker/entry.ts";
