/** A multipart form as a stream, so that one sees how far an upload is (`FormData` tells nobody). */

/** Called with the bytes that have gone out. */
export type UploadProgress = (sentBytes: number, totalBytes: number) => void;

/** What a form holds. */
export interface Form {
  readonly files: readonly {
    readonly field: string;
    readonly name: string;
    readonly type: string;
    readonly bytes: Uint8Array;
  }[];
  readonly fields: Readonly<Record<string, string>>;
}

const CHUNK_BYTES = 64 << 10;

/** The body and its content type. Small fields come first, so that the device knows them before the file. */
export function multipart(
  form: Form,
  progress?: UploadProgress,
): { body: ReadableStream<Uint8Array>; type: string } {
  const boundary = `berth-${crypto.randomUUID()}`;
  const encoder = new TextEncoder();
  const parts: Uint8Array[] = [];
  for (const [name, value] of Object.entries(form.fields)) {
    parts.push(encoder.encode(
      `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    ));
  }
  for (const { field, name, type, bytes } of form.files) {
    parts.push(
      encoder.encode(
        `--${boundary}\r\ncontent-disposition: form-data; name="${field}"; filename="${name}"\r\n` +
          `content-type: ${type}\r\n\r\n`,
      ),
      bytes,
      encoder.encode("\r\n"),
    );
  }
  parts.push(encoder.encode(`--${boundary}--\r\n`));
  return { body: streamOf(parts, progress), type: `multipart/form-data; boundary=${boundary}` };
}

function streamOf(parts: readonly Uint8Array[], progress?: UploadProgress): ReadableStream<Uint8Array> {
  const totalBytes = parts.reduce((sum, part) => sum + part.length, 0);
  let part = 0;
  let at = 0;
  let sentBytes = 0;
  return new ReadableStream({
    pull(controller) {
      while (part < parts.length && at >= (parts[part]?.length ?? 0)) [part, at] = [part + 1, 0];
      const current = parts[part];
      if (!current) return controller.close();
      const chunk = current.subarray(at, at + CHUNK_BYTES);
      at += chunk.length;
      sentBytes += chunk.length;
      progress?.(sentBytes, totalBytes);
      controller.enqueue(chunk);
    },
  });
}
