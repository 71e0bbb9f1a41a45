/** The images of a host: read, checked, stored, and removed when nothing uses them. */
import { CONVENTIONS, HOST_FUNCTIONS } from "../abi/registry.ts";
import { BerthError } from "./error.ts";
import type { Limits } from "./limits.ts";
import type { Rollouts } from "./rollout.ts";
import type { ImageRecord, Store } from "./store/store.ts";
import type { Trust } from "./trust.ts";
import { readImage } from "./unit/image.ts";

/** Keeps images; a client sees its own. */
export class Images {
  constructor(
    private readonly store: Store,
    private readonly trust: Trust,
    private readonly rollouts: Rollouts,
    private readonly limits: Limits,
  ) {}

  /** A client's images. */
  list(clientId: string): readonly ImageRecord[] {
    return this.store.images.list(clientId);
  }

  /** A client's image by its id or name; throws `image-not-found`. */
  get(idOrName: string, clientId: string): ImageRecord {
    const found = this.#find(idOrName, clientId);
    if (found) return found;
    throw new BerthError("image-not-found", `cannot find image with name ${JSON.stringify(idOrName)}`);
  }

  #find(idOrName: string, clientId: string): ImageRecord | undefined {
    const known = this.store.images.get(idOrName);
    return known?.clientId === clientId ? known : this.store.images.find(clientId, idOrName);
  }

  /** Reads, checks and stores a tar. */
  async add(tar: ReadableStream<Uint8Array> | Uint8Array, clientId: string): Promise<ImageRecord> {
    using held = await this.addHeld(tar, clientId);
    return held.record;
  }

  /** As {@link add}; another upload of the same name does not take the image away before it is disposed of. */
  async addHeld(
    tar: ReadableStream<Uint8Array> | Uint8Array,
    clientId: string,
  ): Promise<{ readonly record: ImageRecord } & Disposable> {
    await using image = await readImage(tar, this.limits, {
      folder: this.store.images.folder,
      offer: { functions: HOST_FUNCTIONS, conventions: CONVENTIONS },
    });
    await this.trust.check(image.digest, image.signature);
    const hold = this.store.images.hold(image.digest);
    try {
      const record = await this.store.images.add(image, clientId);
      if (image.signature !== null) this.store.signatures.put(image.digest, image.signature);
      return { record, [Symbol.dispose]: () => hold[Symbol.dispose]() };
    } catch (error) {
      hold[Symbol.dispose]();
      throw error;
    }
  }

  /** Removes an image that no service uses; throws `image-not-found`, `image-in-use`. */
  remove(idOrName: string, clientId: string): Promise<ImageRecord> {
    return this.rollouts.run(() => {
      const image = this.#find(idOrName, clientId);
      if (!image) {
        throw new BerthError("image-not-found", `image cannot be found: ${JSON.stringify(idOrName)}`);
      }
      const user = this.store.services.list(clientId).find(({ imageId }) => imageId === image.id);
      if (user) throw new BerthError("image-in-use", `the image is used by the service ${user.id}`);
      this.store.images.remove(image.id);
      return image;
    });
  }
}
