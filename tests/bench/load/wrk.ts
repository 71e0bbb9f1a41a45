/** Load from wrk, one thread of it: the machine's cores are the servers'. */
import { type LoadGenerator, type LoadRequest, runForJson } from "./load.ts";

const lua = (text: string) =>
  `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;

function script({ method, paths, contentType, body }: LoadRequest): string {
  return `wrk.method = ${lua(method)}
${contentType ? `wrk.headers["content-type"] = ${lua(contentType)}` : ""}
${body !== undefined ? `wrk.body = ${lua(body)}` : ""}
${paths.length > 1 ? turns(paths) : ""}
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('\\n{"requests":%d,"durationUs":%d,"p50Us":%d,"p99Us":%d,"errors":%d}\\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    e.connect + e.read + e.write + e.status + e.timeout))
end`;
}

function turns(paths: readonly string[]): string {
  return `local all = {}
init = function(args)
  for _, path in ipairs({${paths.map(lua).join(", ")}}) do all[#all + 1] = wrk.format(nil, path) end
end
local at = 0
request = function()
  at = at % #all + 1
  return all[at]
end`;
}

/** wrk. */
export const wrkLoad: LoadGenerator = {
  name: "wrk",
  async run(origin, request, { connections, seconds }) {
    const file = await Deno.makeTempFile({ prefix: "berth-bench-", suffix: ".lua" });
    try {
      await Deno.writeTextFile(file, script(request));
      const url = `${origin}${request.paths[0] ?? "/"}`;
      const args = ["-t1", `-c${connections}`, `-d${seconds}s`, "--timeout", "10s", "-s", file, url];
      const result = await runForJson("wrk", args) as Record<string, number>;
      const { requests = 0, durationUs = 1, p50Us = NaN, p99Us = NaN, errors = 0 } = result;
      return {
        requests,
        perSecond: requests / (durationUs / 1e6),
        p50Ms: p50Us / 1000,
        p99Ms: p99Us / 1000,
        errors,
      };
    } finally {
      await Deno.remove(file);
    }
  },
};
