/** Writes an archive of files as a stream: no file is held in memory. */
import { createTarPacker } from "modern-tar";

/** A file and its path in the archive. */
export interface TarFile {
  readonly path: string;
  readonly file: string;
}

/** @param ended called once, when all has been read or nobody wants the rest */
export function tarStream(files: readonly TarFile[], ended: () => void): ReadableStream<Uint8Array> {
  const { readable, controller } = createTarPacker();
  let over = false;
  const end = () => {
    if (!over) ended();
    over = true;
  };
  const write = async () => {
    for (const { path, file } of files) {
      if (over) return;
      using handle = await Deno.open(file);
      const { size } = await handle.stat();
      const body = controller.add({ name: path, size, type: "file", mode: 0o600, mtime: new Date(0) });
      await handle.readable.pipeTo(body);
    }
    controller.finalize();
  };
  const writing = write().catch((error) => controller.error(error));
  const reader = readable.getReader();
  return new ReadableStream<Uint8Array>({
    async pull(to) {
      const { done, value } = await reader.read();
      if (!done) return to.enqueue(value);
      await writing;
      end();
      to.close();
    },
    async cancel(reason) {
      end();
      await reader.cancel(reason);
    },
  });
}
