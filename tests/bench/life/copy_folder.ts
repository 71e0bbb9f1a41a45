/** Copies a folder. */

/** Copies all that lies in a folder into another one that is there. */
export async function copyFolder(from: string, to: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (!isDirectory) await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
    else {
      await Deno.mkdir(`${to}/${name}`, { recursive: true });
      await copyFolder(`${from}/${name}`, `${to}/${name}`);
    }
  }
}
