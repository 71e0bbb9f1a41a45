import { join, normalize } from "@std/path";

/** The project's top folder. */
export function fromFileUrl(): string {
  return normalize(join(import.meta.dirname ?? ".", "../.."));
}
