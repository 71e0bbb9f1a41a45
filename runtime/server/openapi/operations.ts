/** Every operation of the management API; a test holds this table against the routes. */
import { deployOptions } from "../berth_api.ts";
import { revocationRequest, rollbackRequest } from "../grants_api.ts";
import { keyCreation } from "../keys_api.ts";
import { rpcCall } from "../jsonrpc.ts";
import { secretValue } from "../secrets_api.ts";
import { ok, type Operation } from "./operation.ts";
import { MIMOE } from "./operations_mimoe.ts";
import * as replies from "./replies.ts";

/** What an operation is made of. */
export type { Answer, Need, Operation } from "./operation.ts";

const SERVICES: readonly Operation[] = [
  {
    method: "get",
    path: "/berth/v1/services",
    tag: "Services",
    summary: "Services of the caller's client",
    needs: "read",
    answers: ok(replies.serviceList, "The services"),
  },
  {
    method: "get",
    path: "/berth/v1/services/{id}",
    tag: "Services",
    summary: "A service",
    description: "With what it may do in plain words, its limits and what it was refused.",
    needs: "read",
    answers: ok(replies.serviceDetails, "The service"),
  },
  {
    method: "delete",
    path: "/berth/v1/services/{id}",
    tag: "Services",
    summary: "Removes a service and what it stored",
    needs: "deploy",
    answers: ok(replies.serviceSummary, "The service as it was"),
  },
  {
    method: "post",
    path: "/berth/v1/deployments",
    tag: "Services",
    summary: "Deploys a tar",
    description: "A service of the same name is replaced once the new version works. " +
      "What asks for more than is held waits for approval, and the old version goes on.",
    needs: "deploy",
    form: deployOptions,
    answers: {
      201: { description: "It runs", schema: replies.serviceSummary },
      202: { description: "It waits for approval", schema: replies.waiting },
    },
  },
  {
    method: "get",
    path: "/berth/v1/services/{id}/logs",
    tag: "Services",
    summary: "The log, a JSON object on each line",
    needs: "read",
    query: {
      tail: { description: "How many of the last lines.", example: "100" },
      follow: { description: "1: the stream goes on with new lines as they come.", example: "1" },
    },
    answers: { 200: { description: "Lines", schema: replies.logEntry, type: "application/x-ndjson" } },
  },
  {
    method: "put",
    path: "/berth/v1/services/{id}/trace",
    tag: "Services",
    summary: "Puts each host call of the guest into its log, or not",
    needs: "deploy",
    json: replies.trace,
    answers: ok(replies.trace),
  },
  {
    method: "get",
    path: "/berth/v1/services/{id}/openapi.json",
    tag: "Services",
    summary: "The OpenAPI document that the service brings",
    needs: "read",
    answers: { 200: { description: "The document" } },
  },
  {
    method: "get",
    path: "/berth/v1/services/{id}/grants",
    tag: "Services",
    summary: "What it holds and what it waits for",
    needs: "read",
    answers: ok(replies.grantList, "In plain words"),
  },
  {
    method: "get",
    path: "/berth/v1/approvals",
    tag: "Services",
    summary: "Deployments that wait for approval",
    needs: "read",
    answers: ok(replies.approvalList, "Those of the caller's client"),
  },
  {
    method: "post",
    path: "/berth/v1/services/{id}/approve",
    tag: "Services",
    summary: "Grants what a deployment waits for, and carries it out",
    needs: "admin",
    answers: ok(replies.serviceSummary, "The service"),
  },
  {
    method: "delete",
    path: "/berth/v1/services/{id}/approval",
    tag: "Services",
    summary: "Refuses what a deployment asks for",
    needs: "deploy",
    answers: ok(replies.pendingApproval, "What was refused"),
  },
  {
    method: "post",
    path: "/berth/v1/services/{id}/revoke",
    tag: "Services",
    summary: "Takes a grant back, at once; also from the earlier deployments",
    needs: "admin",
    json: revocationRequest,
    answers: ok(replies.revoked, "The service, what it lost, and whether it works without it"),
  },
  {
    method: "get",
    path: "/berth/v1/services/{id}/secrets",
    tag: "Services",
    summary: "Names of its secrets: which are set, and which it may read",
    needs: "admin",
    answers: ok(replies.secretList, "Never the values"),
  },
  {
    method: "put",
    path: "/berth/v1/services/{id}/secrets/{name}",
    tag: "Services",
    summary: "Sets a secret",
    description: "The service need not be deployed yet. One that reads it gets new workers.",
    needs: "admin",
    json: secretValue,
    answers: ok(replies.secret, "Without the value"),
  },
  {
    method: "delete",
    path: "/berth/v1/services/{id}/secrets/{name}",
    tag: "Services",
    summary: "Takes a secret away",
    needs: "admin",
    answers: ok(replies.removedSecret, "What it was called"),
  },
  {
    method: "get",
    path: "/berth/v1/services/{id}/history",
    tag: "Services",
    summary: "Its deployments, the present one first",
    needs: "read",
    answers: ok(replies.history, "The deployments"),
  },
  {
    method: "post",
    path: "/berth/v1/services/{id}/rollback",
    tag: "Services",
    summary: "Goes back to an earlier deployment, with the grants that it held",
    needs: "deploy",
    json: rollbackRequest,
    answers: ok(replies.serviceSummary, "The service"),
  },
];

const HOST: readonly Operation[] = [
  {
    method: "get",
    path: "/berth/v1/host",
    tag: "Host",
    summary: "The host about itself",
    needs: "read",
    answers: ok(replies.hostDescription, "Versions, memory, services"),
  },
  {
    method: "get",
    path: "/berth/v1/limits",
    tag: "Host",
    summary: "Every limit, and what is in force",
    needs: "read",
    answers: ok(replies.limitList, "The table"),
  },
  {
    method: "get",
    path: "/berth/v1/openapi.json",
    tag: "Host",
    summary: "This document",
    needs: "read",
    answers: { 200: { description: "OpenAPI 3.1" } },
  },
  {
    method: "get",
    path: "/berth/v1/keys",
    tag: "Host",
    summary: "The host's keys, without their texts",
    needs: "admin",
    answers: ok(replies.keyList, "The keys"),
  },
  {
    method: "post",
    path: "/berth/v1/keys",
    tag: "Host",
    summary: "Makes a key",
    description: "Its text is in this answer and cannot be had again.",
    needs: "admin",
    json: keyCreation,
    answers: { 201: { description: "The key", schema: replies.newKey } },
  },
  {
    method: "delete",
    path: "/berth/v1/keys/{id}",
    tag: "Host",
    summary: "Forgets a key, by its name",
    needs: "admin",
    answers: ok(replies.key, "The key as it was"),
  },
  {
    method: "get",
    path: "/berth/v1/audit",
    tag: "Host",
    summary: "What operators did and what was refused, the latest first",
    needs: "admin",
    query: {
      limit: { description: "How many, at most 1000.", example: "100" },
      before: { description: "Only actions before this number.", example: "500" },
    },
    answers: ok(replies.actionList, "The actions"),
  },
  {
    method: "get",
    path: "/berth/v1/backup",
    tag: "Host",
    summary: "The whole host as an archive",
    description: "With keys, images, grants and everything that services store; `berth restore` reads it.",
    needs: "admin",
    answers: { 200: { description: "A tar", type: "application/x-tar" } },
  },
  {
    method: "post",
    path: "/jsonrpc/v1",
    tag: "mimOE",
    summary: "JSON-RPC 2.0: getMe",
    description: "What needs mimik's cloud is answered with an error that says so.",
    needs: "key",
    json: rpcCall,
    answers: ok(replies.rpcAnswer, "Result or error"),
  },
];

const OBSERVE: readonly Operation[] = [
  {
    method: "get",
    path: "/healthz",
    tag: "Observe",
    summary: "Whether the process works",
    needs: "none",
    answers: ok(replies.health, "It does"),
  },
  {
    method: "get",
    path: "/readyz",
    tag: "Observe",
    summary: "Whether it takes requests",
    needs: "none",
    answers: {
      200: { description: "It does", schema: replies.readiness },
      503: { description: "It does not, with the reason", schema: replies.readiness },
    },
  },
  {
    method: "get",
    path: "/metrics",
    tag: "Observe",
    summary: "Metrics for Prometheus",
    description: "Without a key only for requests from the device itself.",
    needs: "local",
    answers: { 200: { description: "Text exposition format 0.0.4", type: "text/plain" } },
  },
  {
    method: "get",
    path: "/.well-known/berth",
    tag: "Observe",
    summary: "Services of this device and their documents",
    description: "Without a key only for requests from the device itself.",
    needs: "local",
    answers: ok(replies.wellKnown, "The services"),
  },
  ...([["/mds/v1/nodes", "clusters"], ["/mimik-mesh/insight/v1/nodes", "type"]] as const).map((
    [path, parameter],
  ): Operation => ({
    method: "get",
    path,
    tag: "Observe",
    summary: "Hosts on the local network, this one first",
    description: "Without a key only for requests from the device itself.",
    needs: "local",
    query: { [parameter]: { description: "How far to look; only the local network.", example: "linkLocal" } },
    answers: ok(replies.nodes, "The hosts"),
  })),
];

/** The table. */
export const OPERATIONS: readonly Operation[] = [...SERVICES, ...HOST, ...OBSERVE, ...MIMOE];
