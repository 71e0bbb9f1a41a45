/**
 * Stands behind `MAIN`, the names of the program's chunks of JavaScript with the entry first, and `part`, which gives
 * the compressed parts of the file by their names: `main/…`, `worker/…` (JSON: text by chunk, the entry first) and
 * `files` (JSON: text by path). What the sources find beside themselves through `import.meta.url`, the single file
 * finds inside of itself: its chunks know this as `__berth`.
 */
/** How chunks name each other: when they are loaded, and while they run. */
const STATIC = /((?:\bfrom|\bimport)\s*)"\.\/([\w.-]+\.js)"/g;
const LATER = /\bimport\s*\(\s*"\.\/([\w.-]+\.js)"\s*\)/g;

globalThis.__berth = (() => {
  const mainAddresses = new Map();
  const workerAddresses = new Map();
  let folder;
  let libc;
  let trimTimer;

  /** Web's own: Node's zlib takes 3 MB of memory that a host has no other use for. */
  async function unpackedSoon(name) {
    const packed = new Blob([part(name)]).stream();
    return await new Response(packed.pipeThrough(new DecompressionStream("gzip"))).text();
  }

  function unpacked(name) {
    return globalThis.process.getBuiltinModule("node:zlib").gunzipSync(part(name)).toString();
  }

  /** Loads a chunk of the program, and those that it cannot do without. Nothing of the others is compiled. */
  async function load(file) {
    return await import(await mainAddress(file));
  }

  function mainAddress(file) {
    const known = mainAddresses.get(file);
    if (known !== undefined) return known;
    const made = makeMainAddress(file);
    mainAddresses.set(file, made);
    made.catch(() => mainAddresses.delete(file)); // the next one tries again
    return made;
  }

  async function makeMainAddress(file) {
    const text = (await unpackedSoon(`main/${file}`)).replace(
      LATER,
      (whole, named) => MAIN.includes(named) ? `__berth.load("${named}")` : whole,
    );
    // Texts in it, such as the console's files, have imports that are none of ours.
    const needed = new Set(
      [...text.matchAll(STATIC)].map(([, , named]) => named).filter((named) => MAIN.includes(named)),
    );
    const addresses = new Map();
    for (const named of needed) addresses.set(named, await mainAddress(named));
    return addressOf(
      text.replace(
        STATIC,
        (whole, before, named) => addresses.has(named) ? `${before}"${addresses.get(named)}"` : whole,
      ),
      file,
    );
  }

  /** Stacks of errors show the chunk's name in place of the address. */
  function addressOf(text, file) {
    const named = `${text}\n//# sourceURL=berth:/${file}`;
    return URL.createObjectURL(new Blob([named], { type: "application/javascript" }));
  }

  /**
   * Deno parses what it loads on threads that end with it, and what they free stays in pools of the C library until that
   * is asked to give it back: a second after the program, or the last worker, began.
   */
  function trimSoon() {
    if (Deno.build.os !== "linux") return;
    clearTimeout(trimTimer);
    trimTimer = setTimeout(trim, 1_000);
    Deno.unrefTimer(trimTimer);
  }

  function trim() {
    if (Deno.permissions.querySync({ name: "ffi" }).state !== "granted") return;
    try {
      libc ??= Deno.dlopen("libc.so.6", { malloc_trim: { parameters: ["usize"], result: "i32" } });
      libc.symbols.malloc_trim(0);
    } catch {
      // Another C library.
    }
  }

  /** The address of a worker's module: made when it is first wanted, kept for the next worker. */
  function worker(name) {
    trimSoon();
    let address = workerAddresses.get(name);
    if (address === undefined) {
      address = workerAddress(JSON.parse(unpacked(`worker/${name}`)));
      workerAddresses.set(name, address);
    }
    return new URL(address);
  }

  /** The same, before it is wanted. */
  async function prepareWorker(name) {
    workerAddresses.set(name, workerAddress(JSON.parse(await unpackedSoon(`worker/${name}`))));
  }

  /**
   * Chunks name each other by file, which addresses of blobs cannot: those that a chunk names come before it. What is
   * imported later gets an address that Deno does not see in advance: else every worker would hold all chunks.
   */
  function workerAddress(chunks) {
    const addresses = new Map();
    const addressIn = (file) => {
      if (!addresses.has(file)) {
        const text = chunks[file].replace(
          LATER,
          (whole, named) => named in chunks ? `import("" + "${addressIn(named)}")` : whole,
        ).replace(
          STATIC,
          (whole, before, named) => named in chunks ? `${before}"${addressIn(named)}"` : whole,
        );
        addresses.set(file, addressOf(text, file));
      }
      return addresses.get(file);
    };
    return addressIn(Object.keys(chunks)[0]);
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
      for (const [path, text] of Object.entries(JSON.parse(unpacked("files")))) {
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

  return { load, worker, prepareWorker, files, trimSoon };
})();

__berth.trimSoon();
// Services need their worker's address at once.
await __berth.prepareWorker("entry");
await __berth.load(MAIN[0]);
