/** What an operation of the management API is made of. */
import type { z } from "zod";

/** What a caller needs: a scope of its key, `local` = `read` or to be on the device itself, or nothing. */
export type Need = "read" | "deploy" | "admin" | "key" | "local" | "none";

/** An answer of an operation. */
export interface Answer {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** `application/json` when absent. */
  readonly type?: string;
}

/** An operation. */
export interface Operation {
  readonly method: "get" | "post" | "put" | "delete";
  /** As OpenAPI writes paths: `/berth/v1/services/{id}`. */
  readonly path: string;
  readonly tag: "Services" | "Host" | "Observe" | "mimOE";
  readonly summary: string;
  readonly description?: string;
  readonly needs: Need;
  readonly query?: Readonly<Record<string, { readonly description: string; readonly example: string }>>;
  readonly json?: z.ZodType;
  /** The schema of the form field `options`; the field `image` holds the tar. */
  readonly form?: z.ZodType | null;
  readonly answers: Readonly<Record<number, Answer>>;
}

/** One answer, 200. */
export const ok = (schema: z.ZodType, description = "Done"): Readonly<Record<number, Answer>> => ({
  200: { description, schema },
});
