/** Which service answers at a path. The cost depends on the path's segments, not on the number of services. */

/** A service and the rest of the path below its base path. */
export interface RouteMatch<T> {
  readonly target: T;
  /** Begins with `/`. */
  readonly rest: string;
}

/** Base paths and what answers there; the longest that fits wins. */
export class RouteTable<T> {
  readonly #targets = new Map<string, T>();
  #depthMax = 0;

  /** Adds a base path: `/api/name/v1`, without a slash at its end. */
  set(basePath: string, target: T): void {
    this.#targets.set(basePath, target);
    this.#depthMax = Math.max(this.#depthMax, basePath.split("/").length - 1);
  }

  /** Removes one. */
  delete(basePath: string): void {
    this.#targets.delete(basePath);
  }

  /** What answers at exactly this base path. */
  get(basePath: string): T | undefined {
    return this.#targets.get(basePath);
  }

  /** What answers at this path. */
  match(path: string): RouteMatch<T> | null {
    for (let end = this.#reach(path); end > 0; end = path.lastIndexOf("/", end - 1)) {
      const target = this.#targets.get(path.slice(0, end));
      if (target !== undefined) return { target, rest: path.slice(end) || "/" };
    }
    return null;
  }

  /** Where the longest part of a path ends that could be a base path. */
  #reach(path: string): number {
    let end = 0;
    for (let depth = 0; depth < this.#depthMax && end < path.length; depth++) {
      const slash = path.indexOf("/", end + 1);
      end = slash < 0 ? path.length : slash;
    }
    return end;
  }
}
