/** A host that says what it is told: states and figures that a real one cannot be brought into at will. */
import { Hono } from "hono";
import type { z } from "zod";
import { LATENCY_BOUNDS_MS } from "../../runtime/histogram.ts";
import { LIMITS } from "../../runtime/limits.ts";
import { limitsInForce } from "../../runtime/limits_in_force.ts";
import { consoleRoutes } from "../../runtime/server/console.ts";
import type * as replies from "../../runtime/server/openapi/replies.ts";
import { FAKE_DOCUMENT } from "./fake_document.ts";
import type { Approval, LogEntry, Problem, ServiceDetails } from "../../runtime/server/console/types.ts";

type Host = z.infer<typeof replies.hostDescription>;

/** The key that the fake host takes. */
export const FAKE_KEY = "a-key-of-the-fake-host";

/** Services of many states, one of them hostile in its texts. */
export function fakeServices(): ServiceDetails[] {
  return [
    fakeService("log-reader", "1.4.2", {
      description: "Reads the device's logs and answers what is asked of them.",
      openapi: "/berth/v1/services/api-log-reader/openapi.json",
      load: { open: 3, waiting: 0, workers: 2, webSockets: 0 },
      recentDenials: [
        {
          capability: "http",
          attempt: "a request to https://metrics.example.org:443",
          manifestLine: '"http": {"allow": ["https://metrics.example.org"]}',
          count: 12,
          lastMs: Date.now() - 42_000,
        },
        {
          capability: "files",
          attempt: "open of /etc/hosts for reading",
          manifestLine: '"files": {"mounts": [{"guest": "/etc", "access": "read"}]}',
          count: 1,
          lastMs: Date.now() - 3_600_000,
        },
      ],
      env: ["GREETING", "LOG_FOLDER"],
    }),
    fakeService("greeter", "2.0.0", {
      state: "asleep",
      load: { open: 0, waiting: 0, workers: 0, webSockets: 0 },
    }),
    fakeService("sensor-hub", "0.9.1", {
      state: "failing",
      reason: "the start of the service failed: unreachable at init_sensors (sensors.c:41)",
      load: { open: 0, waiting: 4, workers: 0, webSockets: 0 },
    }),
    fakeService("hostile", "1.0.0", {
      description: '<img src=x onerror="alert(1)"><script>alert(2)</script>',
    }),
  ];
}

function fakeService(name: string, version: string, rest: Partial<ServiceDetails>): ServiceDetails {
  const limits = limitsInForce({}) as Record<string, number>;
  return {
    id: `api-${name}`,
    name,
    version,
    description: "",
    clientId: "api",
    basePath: `/api/${name}/v${version[0]}`,
    url: `http://127.0.0.1:8083/api/${name}/v${version[0]}`,
    state: "running",
    reason: "",
    image: "sha256:7d4f3f0e3d7b8f5f5b3f0a9e9e0f8a5d3b6c2a1f4e5d6c7b8a9f0e1d2c3b4a59",
    revision: 4,
    createdMs: Date.now() - 9 * 86_400_000,
    updatedMs: Date.now() - 2 * 3_600_000,
    counters: {
      requests: 0,
      errors: 0,
      cpuMs: 0,
      memoryPeakBytes: 6 << 20,
      egress: { sentBytes: 18_400, receivedBytes: 2_310_000 },
      webSocketMessages: { received: 0, sent: 0 },
      denials: rest.recentDenials ? { http: 12, files: 1 } : {},
      errorCodes: {},
      latency: {
        boundsMs: [...LATENCY_BOUNDS_MS],
        counts: LATENCY_BOUNDS_MS.map(() => 0).concat(0),
        sumMs: 0,
      },
    },
    load: { open: 1, waiting: 0, workers: 1, webSockets: 0 },
    memory: "fresh",
    env: [],
    grants: { clock: { wall: true, monotonic: true }, stdio: true, storage: { durability: "power-loss" } },
    grantsInWords: [
      { name: "clock", allows: ["reads the time of day, to 1000 ns", "measures time spans, to 1000 ns"] },
      { name: "stdio", allows: ["writes lines to the service's log: stdout as info, stderr as warn"] },
      { name: "storage", allows: ["keeps keys and values in its own database on this device"] },
    ],
    limits,
    use: { storageMaxBytes: 51_380_224, memoryMaxBytes: 6 << 20, concurrencyMaxCount: 3 },
    recentDenials: [],
    openapi: null,
    traced: false,
    preparation: {},
    ...rest,
  };
}

/** Lines of a log of every level, one with a backtrace and one with markup. */
export function fakeLog(count: number): LogEntry[] {
  const start = Date.now() - count * 400;
  const lines: Pick<LogEntry, "level" | "source" | "message" | "fields">[] = [
    { level: "info", source: "stdout", message: "GET /lines?level=warn took 3 ms" },
    { level: "debug", source: "log", message: "cache hit for /var/log/app.log" },
    { level: "info", source: "stdout", message: 'wrote <b onclick="x()">bold</b> & left' },
    { level: "warn", source: "stderr", message: "the log file was rotated while it was read; reading again" },
    {
      level: "error",
      source: "host",
      message: "the request failed (trap): RuntimeError: unreachable",
      fields: {
        code: "trap",
        backtrace: "at parse_line (wasm-function[41]:0x2f3)\nat handle (wasm-function[12]:0x90)",
      },
    },
    { level: "info", source: "host", message: "running" },
  ];
  return Array.from({ length: count }, (_, index) => ({
    time: new Date(start + index * 400).toISOString(),
    requestId: `f3a1-${index.toString(36)}`,
    ...lines[index % lines.length] ?? { level: "info", source: "host", message: "" },
  }));
}

/** What a test may change while the page runs. */
export interface Fake {
  readonly app: Hono;
  services: ServiceDetails[];
  approvals: Approval[];
  log: LogEntry[];
  /** Answers to the next deployment in place of success. */
  refusal: Problem | null;
  /** What a service says when it was started without what was taken back. */
  trouble: string;
  /** Answers 503 to everything of the API. */
  down: boolean;
  /** Requests as they came: method, path and whether they carried the key. */
  readonly seen: { method: string; url: string; key: boolean }[];
  /** Lets the counters run on by one reading. */
  tick(): void;
}

/** Makes one. */
export function createFake(): Fake {
  const app = new Hono();
  const fake: Fake = {
    app,
    services: fakeServices(),
    approvals: [FAKE_APPROVAL],
    log: fakeLog(60),
    refusal: null,
    trouble: "",
    down: false,
    seen: [],
    tick: () => fake.services.filter(({ state }) => state === "running").forEach(runOn),
  };
  app.use(async function record(c, next) {
    fake.seen.push({
      method: c.req.method,
      url: c.req.url,
      key: c.req.header("authorization") !== undefined,
    });
    await next();
  });
  app.use("/berth/*", async function guard(c, next) {
    if (fake.down) return c.text("down", 503);
    if (c.req.header("authorization") === `Bearer ${FAKE_KEY}`) return await next();
    return problem(
      c.json.bind(c),
      401,
      "key-wrong",
      "The key is not valid",
      "the request has no valid key",
      "Use the key in the file api-key.",
    );
  });
  app.route("/", consoleRoutes());
  routes(app, fake);
  return fake;
}

function problem(
  json: (body: unknown, status: 401) => Response,
  status: number,
  code: string,
  title: string,
  detail: string,
  fix: string,
) {
  return json(
    { type: `urn:berth:error:${code}`, status, code, title, detail, fix } satisfies Problem,
    status as 401,
  );
}

function routes(app: Hono, fake: Fake): void {
  let turn = 0;
  app.get("/berth/v1/host", (c) => c.json(fakeHost(fake, turn++)));
  app.get(
    "/berth/v1/limits",
    (c) => c.json({ table: LIMITS, inForce: limitsInForce({ wallMaxMs: 10_000 }) }),
  );
  app.get("/berth/v1/services", (c) => {
    fake.tick();
    return c.json({ services: fake.services });
  });
  app.get("/berth/v1/services/:id", (c) => {
    const found = fake.services.find(({ id }) => id === c.req.param("id"));
    return found ? c.json(found) : problem(
      c.json.bind(c),
      404,
      "service-unknown",
      "There is no such service",
      "there is none",
      "See the list.",
    );
  });
  app.put("/berth/v1/services/:id/trace", async (c) => {
    const found = fake.services.find(({ id }) => id === c.req.param("id"));
    const { on } = await c.req.json();
    if (found) found.traced = on;
    return c.json({ on });
  });
  app.delete("/berth/v1/services/:id", (c) => {
    fake.services = fake.services.filter(({ id }) => id !== c.req.param("id"));
    return c.json({});
  });
  grantRoutes(app, fake);
  keyRoutes(app);
  app.get("/berth/v1/services/:id/logs", () => new Response(logStream(fake)));
  app.get("/berth/v1/services/:id/openapi.json", (c) => c.json(FAKE_DOCUMENT));
  app.get("/berth/v1/openapi.json", (c) => c.json(FAKE_DOCUMENT));
  app.post("/berth/v1/deployments", async (c) => {
    await c.req.formData();
    if (fake.refusal) return c.json(fake.refusal, fake.refusal.status as 400);
    const deployed = fakeService("dropped", "1.0.0", {});
    fake.services.push(deployed);
    return c.json(deployed, 201);
  });
  app.get("/.well-known/berth", (c) => c.json({ services: fake.services }));
  app.all("/api/log-reader/v1/*", async (c) => {
    return c.json({ method: c.req.method, body: await c.req.text(), lines: ["one", "two"] }, 200, {
      "x-served-by": "log-reader",
    });
  });
}

function logStream(fake: Fake): ReadableStream<Uint8Array> {
  const lines = fake.log.map((entry) => JSON.stringify(entry) + "\n").join("");
  return new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode(lines)) });
}

function fakeHost(fake: Fake, turn: number): Host {
  const wave = Math.sin(turn / 9);
  return {
    nodeId: "3f1c8d0e5b7a49d2a6c1e4f7b8d90a12",
    accountId: "",
    nodeName: "harbour-pi",
    version: "0.1.0",
    linkLocalIp: "192.168.1.40",
    deno: "2.9.6",
    upMs: 372_000_000 + turn * 2_000,
    memory: {
      rss: 92 << 20,
      heapUsed: Math.round((24 + 4 * wave) * 2 ** 20),
      heapTotal: 40 << 20,
      external: 4 << 20,
    },
    status: "ok",
    services: fake.services.length,
    failing: fake.services.filter(({ state }) => state === "failing").length,
  };
}

/** Some requests more, in a shape that looks like a day's traffic. */
function runOn(service: ServiceDetails): void {
  const { counters } = service;
  const turn = counters.latency.sumMs;
  const more = Math.round(180 + 90 * Math.sin(turn / 400) + 40 * Math.sin(turn / 90));
  counters.requests += more;
  counters.cpuMs += more * 2.1;
  counters.latency.sumMs += 37;
  const bucket = (at: number, count: number) =>
    counters.latency.counts[at] = (counters.latency.counts[at] ?? 0) + count;
  bucket(3, Math.round(more * 0.7));
  bucket(4, Math.round(more * 0.25));
  bucket(6 + (Math.round(turn / 37) % 2), Math.round(more * 0.05));
  if (turn % 5 === 0) {
    counters.errors += 3;
    counters.errorCodes["time-over"] = (counters.errorCodes["time-over"] ?? 0) + 3;
  }
}

const FAKE_APPROVAL: Approval = {
  id: "api-log-reader",
  name: "log-reader",
  version: "1.5.0",
  image: "sha256:0f1e2d3c",
  asks: [],
  sinceMs: Date.now() - 240_000,
  more: [
    { capability: "http", allows: "sends requests to https://metrics.example.org, port 443" },
    { capability: "files", allows: "reads the folder /var/log of the device, as /logs" },
  ],
};

function keyRoutes(app: Hono): void {
  const keys = [{ name: "first", scopes: ["admin"], createdMs: Date.now() - 86_400_000 }];
  const actions = [
    ["service.deploy", "api-log-reader", "ok"],
    ["grant.refuse", "api-greedy", "ok"],
    ["key.create", "ci", "refused"],
  ].map(([action, target, outcome], index) => ({
    number: 3 - index,
    atMs: Date.now() - index * 500_000,
    action,
    target,
    outcome,
    clientId: "api",
    via: "first",
    remoteAddress: "192.168.1.7",
    ...(outcome === "ok" ? {} : { code: "scope-missing" }),
  }));
  app.get("/berth/v1/keys", (c) => c.json({ keys }));
  app.get("/berth/v1/audit", (c) => c.json({ actions }));
}

function grantRoutes(app: Hono, fake: Fake): void {
  const take = (id: string) => fake.approvals = fake.approvals.filter((entry) => entry.id !== id);
  app.get("/berth/v1/approvals", (c) => c.json({ approvals: fake.approvals }));
  app.post("/berth/v1/services/:id/approve", (c) => {
    take(c.req.param("id"));
    return c.json({});
  });
  app.delete("/berth/v1/services/:id/approval", (c) => {
    take(c.req.param("id"));
    return c.json({});
  });
  app.get("/berth/v1/services/:id/history", (c) => {
    const revisions = [4, 3, 2, 1].map((revision) => ({
      revision,
      image: `sha256:${String(revision).repeat(64)}`,
      version: `1.${revision}.2`,
      updatedMs: Date.now() - (5 - revision) * 8 * 3_600_000,
      current: revision === 4,
    }));
    return c.json({ id: c.req.param("id"), history: revisions });
  });
  app.post("/berth/v1/services/:id/rollback", (c) => c.json({}));
  app.post("/berth/v1/services/:id/revoke", async (c) => {
    const { capability, allows } = await c.req.json();
    const found = fake.services.find(({ id }) => id === c.req.param("id"));
    if (found) takeBack(found, capability, allows);
    return c.json({ ...found, lost: [], trouble: fake.trouble, policyGrants: false });
  });
}

function takeBack(service: ServiceDetails, capability: string, allows: string | undefined): void {
  service.grantsInWords = service.grantsInWords.map(({ name, allows: lines }) => ({
    name,
    allows: name === capability ? lines.filter((line) => allows !== undefined && line !== allows) : lines,
  })).filter(({ allows: lines }) => lines.length > 0);
  service.grants = { ...service.grants, [capability]: allows === undefined ? undefined : { left: "some" } };
}
