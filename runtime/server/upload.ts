/** The image of an upload: from a multipart form, or the body itself. */
import { BerthError } from "../error.ts";

/** What an upload brought. */
export interface Upload {
  readonly image: ReadableStream<Uint8Array> | null;
  /** The form's other fields, small texts. */
  readonly fields: Readonly<Record<string, string>>;
}

const FORM = /^multipart\/form-data\b/i;

/** Reads an upload of at most `maxBytes`. */
export async function readUpload(request: Request, maxBytes: number): Promise<Upload> {
  const tooLarge = () =>
    new BerthError("tar-too-large", `the upload is over ${maxBytes} bytes`, { maxBytes });
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) throw tooLarge();
  const type = request.headers.get("content-type") ?? "";
  if (!FORM.test(type)) return { image: request.body, fields: {} };
  if (!request.body) return { image: null, fields: {} };
  const form = await readForm(bounded(request.body, maxBytes, tooLarge), type);
  const image = form.get("image");
  const fields: Record<string, string> = {};
  for (const [name, value] of form) if (typeof value === "string") fields[name] = value;
  return { image: image instanceof File ? image.stream() : null, fields };
}

async function readForm(body: ReadableStream<Uint8Array>, type: string): Promise<FormData> {
  try {
    return await new Response(body, { headers: { "content-type": type } }).formData();
  } catch (error) {
    if (error instanceof BerthError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new BerthError("request-invalid", `the multipart form cannot be read: ${reason}`);
  }
}

function bounded(
  body: ReadableStream<Uint8Array>,
  maxBytes: number,
  tooLarge: () => BerthError,
): ReadableStream<Uint8Array> {
  let bytes = 0;
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytes += chunk.length;
        if (bytes > maxBytes) controller.error(tooLarge());
        else controller.enqueue(chunk);
      },
    }),
  );
}
