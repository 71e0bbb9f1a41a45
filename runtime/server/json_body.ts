/** Small JSON bodies of the management API. */
import type { z } from "zod";
import { BerthError } from "../error.ts";

/** Configuration of a service is the largest thing that comes so. */
export const JSON_MAX_BYTES = 1 << 20;

/** The text of a body, read no further than `maxBytes`; throws `request-invalid`. */
export async function readText(request: Request, maxBytes = JSON_MAX_BYTES): Promise<string> {
  const tooLarge = () =>
    new BerthError("request-too-large", `the body is over ${maxBytes} bytes`, { maxBytes });
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) throw tooLarge();
  if (!request.body) return "";
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const piece of request.body) {
    bytes += piece.length;
    if (bytes > maxBytes) throw tooLarge(); // leaving the loop cancels the body
    text += decoder.decode(piece, { stream: true });
  }
  return text + decoder.decode();
}

/**
 * A body that fits a schema.
 *
 * @param empty what no body stands for
 * @throws {BerthError} `request-invalid` with the place of the mistake, `request-too-large`
 */
export async function readJson<S extends z.ZodType>(
  request: Request,
  schema: S,
  empty?: string,
): Promise<z.infer<S>> {
  const text = await readText(request);
  let value: unknown;
  try {
    value = JSON.parse(text === "" && empty !== undefined ? empty : text);
  } catch {
    throw new BerthError("request-invalid", "the body is not JSON");
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new BerthError("request-invalid", `${issue?.path.join(".") || "the body"}: ${issue?.message}`);
}
