/** Which service answers at a path. The cost depends on the path's segments, not on the number of services. */

/** A service and the rest of the path below its base path. */
export interface RouteMatch<T> {
  readonly target: T;
  /** Begins with `/`; with the query, if there is one. */
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

  /** What answers at the path that begins at `start` of a URL and ends before its query. */
  match(url: string, start = 0): RouteMatch<T> | null {
    for (let end = this.#reach(url, start); end > start; end = url.lastIndexOf("/", end - 1)) {
      const target = this.#targets.get(url.slice(start, end));
      if (target === undefined) continue;
      const rest = url.slice(end);
      return { target, rest: rest.startsWith("/") ? rest : `/${rest}` };
    }
    return null;
  }

  /** Where the longest part of a path ends that could be a base path. */
  #reach(url: string, start: number): number {
    const query = url.indexOf("?", start);
    const pathEnd = query < 0 ? url.length : query;
    let end = start;
    for (let depth = 0; depth < this.#depthMax && end < pathEnd; depth++) {
      const slash = url.indexOf("/", end + 1);
      end = slash < 0 || slash > pathEnd ? pathEnd : slash;
    }
    return end;
  }
}
