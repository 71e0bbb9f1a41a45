/** Names that become ids and folders. */
import { sha256 } from "../node_lazily.ts";
import { storeError } from "./errors.ts";

/** `{clientId}-{name}`, as mimOE's API forms it; checks the client id. */
export function joinId(clientId: string, name: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(clientId)) {
    throw storeError(
      "client-id-invalid",
      `the client id ${JSON.stringify(clientId.slice(0, 80))} cannot be used`,
    );
  }
  return `${clientId}-${name}`;
}

/** Two pairs can form one id (`a-b` and `c`, `a` and `b-c`): the second is refused, or it would take the first's place. */
export function checkOwner(
  id: string,
  wanted: { readonly clientId: string; readonly name: string },
  present: { readonly client_id: string; readonly name: string } | undefined,
): void {
  if (!present || (present.client_id === wanted.clientId && present.name === wanted.name)) return;
  throw storeError("id-taken", `the id "${id}" is in use for another client id and name`, { id });
}

/**
 * A folder's name for an id. Where case or a dot could make two ids one folder, or a folder something else, the
 * name carries a part of the id's digest.
 */
export function folderName(id: string): string {
  if (/^[a-z0-9][a-z0-9_-]{0,126}$/.test(id)) return id;
  return `${id.toLowerCase().replaceAll(/[^a-z0-9_-]/g, "_").slice(0, 100)}~${sha256(id).slice(0, 16)}`;
}
