/** Whose images a host runs. */
import { parseSignature, type TrustedKey, verifyImage } from "./auth/signatures.ts";
import { BerthError } from "./error.ts";
import type { Store } from "./store/store.ts";

/** Checks signatures of images, on a host that wants them. */
export class Trust {
  /** @param trusted `null` takes every image; an empty list takes none */
  constructor(private readonly store: Store, private readonly trusted: readonly TrustedKey[] | null) {}

  /**
   * Checks an image before it is stored.
   *
   * @param signature the text that came with it
   * @throws {BerthError} `signature-missing`, `signature-untrusted`, `signature-invalid`
   */
  async check(digest: string, signature: string | null): Promise<void> {
    // A signature that cannot be read is refused everywhere: it was meant to say something.
    const parsed = signature === null ? null : parseSignature(signature);
    if (this.trusted) await verifyImage(`sha256:${digest}`, parsed, this.trusted);
  }

  /** Who signed a stored image, as this host calls them; `null` when nobody whom it trusts did. */
  async signerOf(digest: string): Promise<string | null> {
    const signature = this.store.signatures.get(digest);
    if (!this.trusted || signature === undefined) return null;
    try {
      return (await verifyImage(`sha256:${digest}`, parseSignature(signature), this.trusted)).name;
    } catch (error) {
      if (error instanceof BerthError) return null;
      throw error;
    }
  }

  /** Checks a stored image before its module is loaded: it may have come before the host wanted signatures. */
  async checkStored(digest: string): Promise<void> {
    if (this.trusted) await this.check(digest, this.store.signatures.get(digest) ?? null);
  }
}
