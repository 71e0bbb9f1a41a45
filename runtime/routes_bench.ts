/** What it costs to find the service of a path, whatever the number of services: `deno task micro`. */
import { bench, type MicroGroup } from "../tests/bench/micro/ratios.ts";
import { isReserved } from "./reserved.ts";
import { RouteTable } from "./routes.ts";

/** Several, so that the engine cannot know the answer beforehand. */
const PATHS = Array.from({ length: 8 }, (_, index) => `/api/svc-0/v1/items/${index}`);
const BASE_LENGTH = "/api/svc-0/v1".length;

function tableOf(count: number): RouteTable<number> {
  const table = new RouteTable<number>();
  for (let index = 0; index < count; index++) table.set(`/api/svc-${index}/v1`, index);
  return table;
}

/** See {@link MicroGroup}. */
export function groups(): MicroGroup[] {
  const map = new Map([["/api/svc-0/v1", 0]]);
  const few = tableOf(1), many = tableOf(500);
  let turn = 0, found = 0;
  const path = () => PATHS[turn++ & 7] ?? "";
  return [{
    name: "routes",
    reference: bench("a slice looked up in a Map", () => found += map.get(path().slice(0, BASE_LENGTH)) ?? 1),
    benches: [
      bench("one service", () => found += few.match(path())?.target ?? 1),
      bench("500 services", () => found += many.match(path())?.target ?? 1),
      bench(
        "whether the path is the host's",
        () => found += isReserved(`http://127.0.0.1:8083${path()}`) ? 1 : 0,
      ),
    ],
  }];
}
