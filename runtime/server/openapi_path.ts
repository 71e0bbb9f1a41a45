/** Where documents of services are. */
import type { Service } from "../service.ts";

/** Where a service's document is, or `null` when it brings none. */
export function openApiPath({ deployment: { record, manifest } }: Service): string | null {
  return manifest.openapi === null
    ? null
    : `/berth/v1/services/${encodeURIComponent(record.id)}/openapi.json`;
}
