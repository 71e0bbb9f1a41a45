// Routes, and what the host calls.
import { Request, Response } from "./http";
import { getBuffer } from "./raw";

/** Answers a request. A plain function: AssemblyScript has no closures. */
export type Handler = (request: Request, response: Response) => void;

class Route {
  constructor(public method: string, public pattern: string[], public handler: Handler) {}
}

function parts(path: string): string[] {
  const all = path.split("/");
  const kept: string[] = [];
  for (let index = 0; index < all.length; index++) if (all[index].length > 0) kept.push(all[index]);
  return kept;
}

/** The service: routes in the order in which they were added, the first that fits is taken. */
export class App {
  private routes: Route[] = [];

  get(pattern: string, handler: Handler): App {
    return this.on("GET", pattern, handler);
  }
  post(pattern: string, handler: Handler): App {
    return this.on("POST", pattern, handler);
  }
  put(pattern: string, handler: Handler): App {
    return this.on("PUT", pattern, handler);
  }
  patch(pattern: string, handler: Handler): App {
    return this.on("PATCH", pattern, handler);
  }
  del(pattern: string, handler: Handler): App {
    return this.on("DELETE", pattern, handler);
  }
  /** Any method. */
  all(pattern: string, handler: Handler): App {
    return this.on("", pattern, handler);
  }

  /** `pattern` is made of parts: plain text, `:name` for one part, `*` at the end for the rest (param `*`). */
  on(method: string, pattern: string, handler: Handler): App {
    this.routes.push(new Route(method, parts(pattern), handler));
    return this;
  }

  /** Handles one event. */
  handle(event: Uint8Array): void {
    const request = new Request(event);
    const response = new Response();
    const path = parts(request.path);
    let otherMethod = false;
    for (let index = 0; index < this.routes.length; index++) {
      const route = this.routes[index];
      request.params.clear();
      if (!fits(route.pattern, path, request.params)) continue;
      const method = request.method == "HEAD" ? "GET" : request.method;
      if (route.method.length == 0 || route.method == request.method || route.method == method) {
        route.handler(request, response);
        return;
      }
      otherMethod = true;
    }
    if (otherMethod) response.error(405, "method not allowed");
    else response.error(404, "not found");
  }
}

function fits(pattern: string[], path: string[], params: Map<string, string>): bool {
  for (let index = 0; index < pattern.length; index++) {
    const wanted = pattern[index];
    if (wanted == "*") {
      params.set("*", path.slice(index).join("/"));
      return true;
    }
    if (index >= path.length) return false;
    if (wanted.charCodeAt(0) == 58) params.set(wanted.substring(1), path[index]);
    else if (wanted != path[index]) return false;
  }
  return pattern.length == path.length;
}

/** The service's one app. */
export const app = new App();

/** Called by the host with each request; export it from the entry file. */
export function mk_module_on_event(reference: i64, length: i32): void {
  const event = new Uint8Array(length);
  getBuffer(event.dataStart, reference, length);
  app.handle(event);
}

/** Tells the host that the module speaks Berth's additions; export it from the entry file. */
export function berth_abi_1(): void {}
