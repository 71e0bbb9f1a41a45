/** The replies of the management API as schemas: the OpenAPI document and the console's types come from here. */
import { z } from "zod";

const count = z.int().min(0);
const ms = z.number().min(0);
const timestampMs = z.int().describe("Milliseconds since 1970, UTC.");

/** An error below `/berth/v1` and of services: RFC 9457, `application/problem+json`. */
export const problem = z.looseObject({
  type: z.string().describe("`urn:berth:error:{code}`."),
  title: z.string().describe("A short, fixed name of the kind of error."),
  status: z.int(),
  detail: z.string().describe("What was attempted and what is."),
  code: z.string().describe("From a closed list; does not change between versions."),
  fix: z.string().describe("What would put it right."),
  requestId: z.string().optional(),
}).meta({ id: "Problem", description: "An error (RFC 9457)." });

/** An error below `/mcm/v1`, in mimOE's shape. */
export const mimoeError = z.object({
  code: z.int(),
  message: z.string(),
  error: z.object({ code: z.int(), message: z.string(), reason: z.string(), fix: z.string() }),
}).meta({ id: "MimoeError", description: "An error in the shape that mimOE's clients know." });

/** How long requests took. */
export const latency = z.object({
  boundsMs: z.array(ms).describe("Upper bounds of the buckets, inclusive."),
  counts: z.array(count).describe("Requests by bucket; one entry more than bounds, for the rest."),
  sumMs: ms,
}).meta({ id: "Latency", description: "A histogram; counts only grow." });

/** Counters of a service since it was started on this host. */
export const counters = z.looseObject({
  requests: count,
  errors: count,
  cpuMs: ms.describe("Computing time, waiting excluded."),
  denials: z.record(z.string(), count).describe("Refused attempts by capability."),
  errorCodes: z.record(z.string(), count).describe("Failed requests by error code."),
  memoryPeakBytes: count.describe("The largest linear memory that one instance had."),
  egress: z.object({ sentBytes: count, receivedBytes: count }).describe("Bodies to and from other hosts."),
  webSocketMessages: z.object({ received: count, sent: count }).describe("Since the host was opened."),
  latency,
}).meta({ id: "Counters" });

/** What a service is doing. */
export const state = z.enum(["asleep", "starting", "running", "failing", "stopped"]).meta({
  id: "State",
  description: "asleep: no worker runs, the next request starts one.",
});

const summaryShape = {
  id: z.string().describe("`{clientId}-{name}`."),
  name: z.string(),
  version: z.string(),
  description: z.string(),
  clientId: z.string(),
  basePath: z.string().describe("Where its REST API is, client id included."),
  url: z.string().describe("The same with the host's origin."),
  state,
  reason: z.string().describe("Why it fails; empty when it does not."),
  image: z.string().describe("Digest of the image, SHA-256 in hexadecimal."),
  revision: z.int().min(1).describe("1 for the first deployment, one more for each that followed."),
  createdMs: timestampMs,
  updatedMs: timestampMs,
  counters,
  load: z.looseObject({
    open: count.describe("Requests in its workers."),
    waiting: count.describe("Requests that wait for a place."),
    workers: count,
    webSockets: count.describe("WebSocket connections that are open."),
  }),
};

/** A service in a list. */
export const serviceSummary = z.looseObject(summaryShape).meta({ id: "ServiceSummary" });

/** A kind of attempt that was refused. */
export const denial = z.object({
  capability: z.string(),
  attempt: z.string().describe("What the guest tried."),
  manifestLine: z.string().describe("The line of berth.json that would allow it."),
  count,
  lastMs: timestampMs,
}).meta({ id: "Denial" });

/** Everything about one service. */
export const serviceDetails = z.looseObject({
  ...summaryShape,
  memory: z.enum(["fresh", "shared"]).describe("Whether every request gets a clean instance."),
  env: z.array(z.string()).describe("Names of its configuration; values are not shown."),
  grants: z.record(z.string(), z.unknown()).describe("What it holds, as stored."),
  grantsInWords: z.array(z.object({ name: z.string(), allows: z.array(z.string()) })),
  limits: z.record(z.string(), z.number()).describe("In force for it; the unit is in the name."),
  use: z.record(z.string(), z.number()).describe("What it uses now, by the name of the limit."),
  recentDenials: z.array(denial),
  openapi: z.string().nullable().describe("Path of its OpenAPI document on this host."),
  traced: z.boolean().describe("Whether host calls of the guest go into its log."),
  preparation: z.unknown().describe("What the preparation of its module did."),
}).meta({ id: "ServiceDetails" });

/** One thing that a grant allows, in plain words. */
const authorityLine = z.object({ capability: z.string(), allows: z.string() });

const pendingShape = {
  name: z.string(),
  version: z.string(),
  image: z.string(),
  more: z.array(authorityLine).describe("What it asks for beyond what is held."),
  asks: z.array(authorityLine).describe("Everything that it asks for."),
  sinceMs: timestampMs,
};

/** A deployment that waits for the operator's word. */
export const pendingApproval = z.looseObject(pendingShape).meta({ id: "PendingApproval" });

/** The answer to a deployment that waits. */
export const waiting = z.looseObject({
  id: z.string(),
  state: z.literal("waiting-for-approval"),
  ...pendingShape,
}).meta({ id: "WaitingDeployment" });

/** All deployments that wait. */
export const approvalList = z.object({
  approvals: z.array(z.looseObject({ id: z.string(), ...pendingShape })),
}).meta({ id: "ApprovalList" });

/** What a service holds and what it waits for. */
export const grantList = z.object({
  id: z.string(),
  image: z.string().nullable(),
  held: z.array(authorityLine),
  pending: z.looseObject({
    ...pendingShape,
    less: z.array(authorityLine).describe("What it holds and does not ask for any more."),
  }).nullable(),
}).meta({ id: "GrantList" });

/** A service after a grant was taken back. */
export const revoked = z.looseObject({
  ...summaryShape,
  lost: z.array(authorityLine).describe("What it holds no more."),
  trouble: z.string().describe("Empty when it works without it; else what happened when it was started."),
  policyGrants: z.boolean().describe("Whether the host's policy gives it back at the next deployment."),
}).meta({ id: "Revoked" });

/** Deployments of a service, the present one first. */
export const history = z.object({
  id: z.string(),
  history: z.array(z.object({
    revision: z.int().min(1),
    image: z.string(),
    version: z.string().describe("Empty when the image is gone."),
    updatedMs: timestampMs,
    current: z.boolean(),
  })),
}).meta({ id: "History" });

const secretShape = { name: z.string(), setMs: timestampMs };

/** A secret that was set, without its value. */
export const secret = z.object(secretShape).meta({ id: "Secret" });

/** A service's secrets, without their values. */
export const secretList = z.object({
  id: z.string(),
  secrets: z.array(z.object({
    ...secretShape,
    setMs: timestampMs.optional(),
    set: z.boolean().describe("Whether it has a value."),
    granted: z.boolean().describe("Whether the service holds a grant for it."),
  })),
}).meta({ id: "SecretList" });

/** A secret that was taken away. */
export const removedSecret = z.object({ id: z.string(), name: z.string() }).meta({ id: "RemovedSecret" });

/** Whether host calls go into the log. */
export const trace = z.object({ on: z.boolean() }).meta({ id: "Trace" });

/** The services of the caller's client. */
export const serviceList = z.looseObject({ services: z.array(serviceSummary) }).meta({ id: "ServiceList" });

/** Whether the host works. */
export const health = z.looseObject({ status: z.string(), services: count, failing: count })
  .meta({ id: "Health" });

/** Whether it takes requests. */
export const readiness = z.object({
  ready: z.boolean(),
  reason: z.string().describe("Why not; empty when it is."),
}).meta({ id: "Readiness" });

/** The host about itself. */
export const hostDescription = z.looseObject({
  nodeId: z.string(),
  accountId: z.string(),
  nodeName: z.string(),
  version: z.string().describe("Berth's."),
  linkLocalIp: z.string(),
  deno: z.string(),
  upMs: ms,
  memory: z.record(z.string(), z.number()).describe("Bytes, as Deno.memoryUsage() tells."),
  status: z.string(),
  services: count,
  failing: count,
}).meta({ id: "HostDescription" });

/** The table of limits and what is in force. */
export const limitList = z.object({
  table: z.record(
    z.string(),
    z.object({
      unit: z.string(),
      default: z.number(),
      ceiling: z.number(),
      perService: z.boolean(),
      reason: z.string(),
    }),
  ),
  inForce: z.record(z.string(), z.number()),
}).meta({ id: "LimitList" });

/** One line of a service's log; the stream has one on each line. */
export const logEntry = z.looseObject({
  time: z.iso.datetime(),
  level: z.enum(["debug", "info", "warn", "error"]),
  source: z.enum(["stdout", "stderr", "log", "host"]),
  message: z.string(),
  requestId: z.string().optional(),
  fields: z.record(z.string(), z.unknown()).optional(),
}).meta({ id: "LogEntry" });

/** Services and their API documents: `/.well-known/berth`. */
export const wellKnown = z.object({
  berth: z.string().describe("The host's version."),
  nodeId: z.string(),
  management: z.object({ openapi: z.string(), console: z.string() }),
  services: z.array(z.object({
    id: z.string(),
    name: z.string(),
    version: z.string(),
    description: z.string(),
    basePath: z.string(),
    url: z.string(),
    state,
    openapi: z.string().nullable().describe("Path of its OpenAPI document; null when it brings none."),
  })),
}).meta({ id: "WellKnown" });

/** An image, as mimOE's clients know it. */
export const mimoeImage = z.looseObject({
  created: timestampMs,
  digest: z.string(),
  id: z.string(),
  name: z.string(),
  repoTags: z.array(z.string()),
  size: count,
}).meta({ id: "Image" });

/** A container, as mimOE's clients know it. */
export const mimoeContainer = z.looseObject({
  clientId: z.string(),
  created: timestampMs,
  env: z.record(z.string(), z.string()),
  id: z.string(),
  image: z.string(),
  imageId: z.string(),
  name: z.string(),
  state: z.enum(["started", "stopped"]),
  status: z.enum(["up", "down"]),
}).meta({ id: "Container" });

/** Several of them. */
export const mimoeImages = z.object({ data: z.array(mimoeImage) }).meta({ id: "Images" });

/** Several of them. */
export const mimoeContainers = z.object({ data: z.array(mimoeContainer) }).meta({ id: "Containers" });

/** An answer of JSON-RPC. */
export const rpcAnswer = z.object({
  jsonrpc: z.literal("2.0"),
  id: z.union([z.string(), z.number(), z.null()]),
  result: z.unknown().optional(),
  error: z.object({ code: z.int(), message: z.string() }).optional(),
}).meta({ id: "RpcAnswer" });

/** A key of the host. */
export const key = z.object({
  name: z.string(),
  scopes: z.array(z.enum(["read", "deploy", "admin"])),
  createdMs: timestampMs,
}).meta({ id: "Key" });

/** A key that was just made. */
export const newKey = z.object({
  ...key.shape,
  key: z.string().describe("Its text, shown this once."),
}).meta({ id: "NewKey" });

/** Several of them. */
export const keyList = z.object({ keys: z.array(key) }).meta({ id: "Keys" });

/** A line of the audit log. */
export const action = z.object({
  number: z.int().min(1).describe("Grows by one with each line."),
  atMs: timestampMs,
  action: z.string().describe("`service.deploy`, `grant.approve`, `key.create` …"),
  target: z.string(),
  outcome: z.enum(["ok", "refused", "failed"]),
  code: z.string().optional().describe("The error's code when it did not go well."),
  clientId: z.string().describe("Empty when nobody was proven."),
  via: z.string().describe("The key's name or the token's subject."),
  remoteAddress: z.string(),
  requestId: z.string().optional(),
}).meta({ id: "Action" });

/** Several of them. */
export const actionList = z.object({ actions: z.array(action) }).meta({ id: "Actions" });

/** What came of copying a service's storage. */
export const mimoeDataStore = z.object({
  action: z.enum(["backup", "restore"]),
  status: z.literal("completed"),
  message: z.string(),
  path: z.string(),
  percentage: z.literal(100),
}).meta({ id: "DataStore" });

/** Hosts on the local network, in mimOE's shape. */
export const nodes = z.object({
  data: z.array(z.object({
    id: z.string(),
    name: z.string(),
    addresses: z.array(z.object({ type: z.literal("local"), url: z.object({ href: z.string() }) })),
    services: z.array(z.unknown()).describe("Always empty: ask the host itself."),
    accountId: z.string().optional(),
    os: z.string().optional(),
    thisNode: z.boolean().optional(),
  })),
}).meta({ id: "Nodes" });
