/** What storage costs: `deno run -A capabilities/storage/storage_bench.ts`. Prints a table; nothing is asserted. */
import { openDatabase } from "./database.ts";
import { openStorage } from "./open.ts";
import type { StorageGrant } from "./storage.ts";
import { contextIn } from "./testing.ts";

/** Median over `rounds` of the µs that one of `count` calls takes. */
function measureUs(rounds: number, count: number, call: (i: number) => void): number {
  const figures = Array.from({ length: rounds }, () => {
    const start = performance.now();
    for (let i = 0; i < count; i++) call(i);
    return (performance.now() - start) * 1000 / count;
  });
  return figures.sort((a, b) => a - b)[rounds >> 1] ?? NaN;
}

function row(name: string, us: number): void {
  console.log(
    `${name.padEnd(44)} ${us.toFixed(1).padStart(9)} µs ${Math.round(1e6 / us).toString().padStart(9)}/s`,
  );
}

function bench(durability: StorageGrant["durability"]): void {
  const folder = Deno.makeTempDirSync({ prefix: "berth-bench-" });
  const storage = openStorage({ durability }, contextIn(folder));
  // SQLite does not write a page that would not change: every value is another one.
  let turn = 0;
  const other = () => `${turn++}`.padEnd(100);
  const steps = () =>
    Array.from({ length: 100 }, (_, i) => ({ kind: "set", key: `b${i}`, value: other() }) as const);
  row(`${durability}: set 100 B`, measureUs(7, 500, (i) => storage.set(`k${i}`, other())));
  row(
    `${durability}: set 100 bytes (binary)`,
    measureUs(7, 500, (i) => storage.set(`k${i}`, new Uint8Array(100).fill(turn++))),
  );
  row(
    `${durability}: set with ttl and tag`,
    measureUs(7, 500, (i) => storage.set(`k${i}`, other(), { ttlMs: 1e9, tag: "t" })),
  );
  row(`${durability}: one set in a batch of 100`, measureUs(7, 20, () => storage.batch(steps())) / 100);
  row(`${durability}: get 100 B`, measureUs(7, 5000, (i) => storage.get(`k${i % 500}`)));
  row(`${durability}: get of a missing key`, measureUs(7, 5000, () => storage.get("missing")));
  row(
    `${durability}: list 100 of a prefix`,
    measureUs(7, 200, () => storage.list({ prefix: "b", limit: 100 })),
  );
  storage.close();
  Deno.removeSync(folder, { recursive: true });
}

/** What opening costs with the check of the whole file, by size. */
function benchOpen(): void {
  for (const mib of [0, 1, 4, 8, 16]) {
    const folder = Deno.makeTempDirSync({ prefix: "berth-bench-" });
    const storage = openStorage({ durability: "process-crash" }, contextIn(folder));
    for (let i = 0; i < mib * 1024; i++) storage.set(`key-${i}`, "x".repeat(1000));
    storage.close();
    row(
      `open and close, ${mib} MiB`,
      measureUs(5, 3, () => {
        openDatabase(`${folder}/storage.db`, { durability: "process-crash" }, 64 << 20).close();
      }),
    );
    Deno.removeSync(folder, { recursive: true });
  }
}

bench("power-loss");
bench("process-crash");
benchOpen();
