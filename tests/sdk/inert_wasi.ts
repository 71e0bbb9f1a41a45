/**
 * The few WASI functions that a guest's standard library calls by itself. Here they do next to nothing: these
 * tests are about the serverless ABI; the real WASI host has its own.
 */

type WasiFunction = (...args: number[]) => number;

const OK = 0;
const BADF = 8;
const NOSYS = 52;

/** The functions, for a memory that is there once the module is. Writes to stdout and stderr are swallowed. */
export function inertWasi(memory: () => WebAssembly.Memory | undefined): Record<string, WasiFunction> {
  const view = () => new DataView((memory() as WebAssembly.Memory).buffer);
  const zero32 = (...pointers: number[]) => {
    for (const pointer of pointers) view().setUint32(pointer, 0, true);
    return OK;
  };
  const functions: Record<string, WasiFunction> = {
    environ_sizes_get: (count = 0, size = 0) => zero32(count, size),
    environ_get: () => OK,
    args_sizes_get: (count = 0, size = 0) => zero32(count, size),
    args_get: () => OK,
    clock_time_get: (...args) => {
      view().setBigUint64(args.at(-1) ?? 0, 1_700_000_000_000_000_000n, true);
      return OK;
    },
    random_get: (pointer = 0, length = 0) => {
      new Uint8Array(view().buffer, pointer, length).fill(7);
      return OK;
    },
    fd_write: (_fd, list = 0, count = 0, written = 0) => {
      let sum = 0;
      for (let index = 0; index < count; index++) sum += view().getUint32(list + index * 8 + 4, true);
      view().setUint32(written, sum, true);
      return OK;
    },
    fd_prestat_get: () => BADF,
    fd_prestat_dir_name: () => BADF,
    fd_fdstat_get: (_fd, stat = 0) => {
      new Uint8Array(view().buffer, stat, 24).fill(0);
      view().setUint8(stat, 2);
      return OK;
    },
    proc_exit: (code) => {
      throw new Error(`the guest exited with code ${code}`);
    },
    sched_yield: () => OK,
  };
  return new Proxy(functions, { get: (known, name) => known[name as string] ?? (() => NOSYS) });
}
