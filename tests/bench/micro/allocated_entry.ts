/** The worker's entry, which tells what it has allocated; the order of the imports matters. */
import "./allocated_boot.ts";
import "../../../runtime/worker/entry.ts";
