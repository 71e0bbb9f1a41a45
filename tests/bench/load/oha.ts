/** Load from oha. */
import { type LoadGenerator, runForJson } from "./load.ts";

interface OhaReport {
  readonly summary: { readonly requestsPerSec: number; readonly total: number };
  readonly latencyPercentiles: { readonly p50: number; readonly p99: number };
  readonly statusCodeDistribution: Record<string, number>;
  readonly errorDistribution: Record<string, number>;
}

const sum = (counts: Record<string, number>, fits: (key: string) => boolean) =>
  Object.entries(counts).reduce((total, [key, count]) => total + (fits(key) ? count : 0), 0);

/** oha. */
export const ohaLoad: LoadGenerator = {
  name: "oha",
  async run(origin, request, { connections, seconds }) {
    const args = ["--no-tui", "--output-format", "json", "-z", `${seconds}s`, "-c", String(connections)];
    args.push("-m", request.method);
    if (request.contentType) args.push("-T", request.contentType);
    if (request.body !== undefined) args.push("-d", request.body);
    // One URL, or a pattern that stands for several: oha takes them by chance, not in turn.
    const one = request.paths.length === 1;
    const path = one ? request.paths[0] : `(${request.paths.join("|")})`;
    if (!one) args.push("--rand-regex-url");
    const report = await runForJson("oha", [...args, `${origin}${path}`]) as OhaReport;
    const good = sum(report.statusCodeDistribution, (status) => Number(status) < 400);
    const bad = sum(report.statusCodeDistribution, (status) => Number(status) >= 400) +
      sum(report.errorDistribution, (error) => !/deadline/.test(error));
    return {
      requests: good + bad,
      perSecond: report.summary.requestsPerSec,
      p50Ms: report.latencyPercentiles.p50 * 1000,
      p99Ms: report.latencyPercentiles.p99 * 1000,
      errors: bad,
    };
  },
};
