/** Looks into a tar before it is sent: what the service asks for, so that a person can read it first. */

const BLOCK = 512;
const MANIFEST = "berth.json";
/** The manifest stands first in what `berth pack` makes; farther in nobody looks. */
const LOOKED_MAX_BYTES = 4 << 20;

/**
 * The manifest of an image of Berth's own kind; `null` of any other and of what cannot be read: the host judges.
 * @param {Blob} tar
 * @returns {Promise<Record<string, unknown> | null>}
 */
export async function peekManifest(tar) {
  try {
    const bytes = await head(tar);
    for (let at = 0; at + BLOCK <= bytes.length;) {
      const name = ascii(bytes.subarray(at, at + 100));
      const size = parseInt(ascii(bytes.subarray(at + 124, at + 136)), 8);
      if (name === "" || !Number.isSafeInteger(size) || size < 0) return null;
      if (name.replace(/^\.\//, "") === MANIFEST) {
        const text = new TextDecoder().decode(bytes.subarray(at + BLOCK, at + BLOCK + size));
        const value = JSON.parse(text);
        return typeof value === "object" && value !== null ? value : null;
      }
      at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    }
  } catch {
    // Not a tar, cut, or packed in a way that browsers do not know.
  }
  return null;
}

/** The first bytes, unpacked when they are gzip. @param {Blob} tar */
async function head(tar) {
  const start = new Uint8Array(await tar.slice(0, 2).arrayBuffer());
  if (start[0] !== 0x1f || start[1] !== 0x8b) {
    return new Uint8Array(await tar.slice(0, LOOKED_MAX_BYTES).arrayBuffer());
  }
  const reader = tar.stream().pipeThrough(new DecompressionStream("gzip")).getReader();
  const bytes = new Uint8Array(LOOKED_MAX_BYTES);
  let filled = 0;
  while (filled < LOOKED_MAX_BYTES) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes.set(value.subarray(0, LOOKED_MAX_BYTES - filled), filled);
    filled += value.length;
  }
  reader.cancel().catch(() => {});
  return bytes.subarray(0, Math.min(filled, LOOKED_MAX_BYTES));
}

/** @param {Uint8Array} bytes */
function ascii(bytes) {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end)).trim();
}
