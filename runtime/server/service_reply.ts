/** A service as the management API shows it. */
import type { Host } from "../host.ts";
import type { Service } from "../service.ts";

/** A service in a list. */
export function summary(host: Host, service: Service) {
  const { deployment: { record, manifest, address }, counters, load } = service;
  return {
    id: record.id,
    name: record.name,
    version: manifest.version,
    description: manifest.description,
    clientId: record.clientId,
    basePath: address,
    url: `${host.origin}${address}`,
    state: service.state,
    reason: service.reason,
    image: record.imageDigest,
    revision: record.revision,
    createdMs: record.createdMs,
    updatedMs: record.updatedMs,
    counters: {
      ...counters,
      cpuMs: service.cpuMs,
      memoryPeakBytes: service.memoryPeakBytes,
      egress: service.egress,
      webSocketMessages: host.sockets.messages(record.id),
    },
    load: { ...load, webSockets: host.sockets.count(record.id) },
  };
}
