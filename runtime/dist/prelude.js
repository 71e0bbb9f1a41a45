/**
 * Goes in front of the bundle, with `WORKERS` (name to JSON: chunk to source, the entry first) and `FILES` (JSON: path to text) defined before it, both
 * compressed: what the sources find beside themselves through `import.meta.url`, the single file finds inside of itself.
 */
import { gunzipSync as __gunzip } from "node:zlib";
import { Buffer as __Buffer } from "node:buffer";

const __berth = (() => {
  const unpacked = (text) => __gunzip(__Buffer.from(text, "base64"));
  const workerAddresses = new Map();
  let folder;

  /** The address of a worker's module: made when it is first wanted, kept for the next worker. */
  function worker(name) {
    let address = workerAddresses.get(name);
    if (address === undefined) {
      address = chunkAddresses(JSON.parse(unpacked(WORKERS[name])));
      workerAddresses.set(name, address);
    }
    return new URL(address);
  }

  /** Chunks name each other by file, which addresses of blobs cannot: those that a chunk names come before it. */
  function chunkAddresses(chunks) {
    const addresses = new Map();
    const addressOf = (file) => {
      if (addresses.has(file)) return addresses.get(file);
      const text = chunks[file].replace(
        /((?:from|import)\s*\(?\s*)"\.\/([\w.-]+\.js)"/g,
        (_whole, before, named) => `${before}"${addressOf(named)}"`,
      );
      const address = URL.createObjectURL(new Blob([text], { type: "application/javascript" }));
      addresses.set(file, address);
      return address;
    };
    return addressOf(Object.keys(chunks)[0]);
  }

  function cacheFolder() {
    const { os } = Deno.build;
    const home = Deno.env.get("HOME") ?? Deno.env.get("USERPROFILE");
    if (os === "windows") return Deno.env.get("LOCALAPPDATA") ?? home;
    return Deno.env.get("XDG_CACHE_HOME") ??
      (home && home + (os === "darwin" ? "/Library/Caches" : "/.cache"));
  }

  /** SDKs and templates, unpacked into the user's cache when a command first wants them; complete or not there. */
  function files() {
    if (folder !== undefined) return folder;
    const cache = cacheFolder();
    if (!cache) throw new Error("Tried to unpack the SDKs; set HOME or XDG_CACHE_HOME to say where");
    const target = `${cache}/berth/files-${FILES_HASH}`;
    if (!exists(target)) {
      const temporary = `${target}.${crypto.randomUUID()}`;
      for (const [path, text] of Object.entries(JSON.parse(unpacked(FILES).toString()))) {
        const file = `${temporary}/${path}`;
        Deno.mkdirSync(file.slice(0, file.lastIndexOf("/")), { recursive: true });
        Deno.writeTextFileSync(file, text);
      }
      try {
        Deno.renameSync(temporary, target);
      } catch (error) {
        // Another process was first, which is as good.
        Deno.removeSync(temporary, { recursive: true });
        if (!exists(target)) throw error;
      }
    }
    const slashed = target.replaceAll("\\", "/");
    return folder = new URL(`file://${slashed.startsWith("/") ? "" : "/"}${encodeURI(slashed)}/`);
  }

  function exists(path) {
    try {
      return Deno.statSync(path).isDirectory;
    } catch {
      return false;
    }
  }

  return { worker, files };
})();
