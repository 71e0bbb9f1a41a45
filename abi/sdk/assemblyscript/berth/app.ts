// Routes, and what the host calls. The entry file of a service:
//
//   import { app, Request, Response } from "berth";
//   export { berth_abi_1, mk_module_on_event } from "berth";
//
//   app.get("/hello/:name", (request: Request, response: Response) => {
//     response.text("hello " + request.param("name"));
//   });
import { Request, Response } from "./http";
import { Headers } from "./msgpack";
import { getBuffer } from "./raw";

/** Answers a request. A plain function: AssemblyScript has no closures. */
export type Handler = (request: Request, response: Response) => void;

/** No client's method can be this. */
const SOCKET = "(websocket)";

class Route {
  constructor(public method: string, public pattern: string, public handler: Handler) {}
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

  /**
   * Events of WebSocket connections at this path: `request.event` says which. To refuse one that opens answer with a
   * status of 300 or more; other answers may be left out.
   */
  websocket(pattern: string, handler: Handler): App {
    return this.on(SOCKET, pattern, handler);
  }

  /** `pattern` is made of parts: plain text, `:name` for one part, `*` at the end for the rest (param `*`). */
  on(method: string, pattern: string, handler: Handler): App {
    this.routes.push(new Route(method, pattern, handler));
    return this;
  }

  /** Handles one event. */
  handle(event: Uint8Array): void {
    const request = new Request(event);
    const response = new Response();
    let otherMethod = false;
    const socket = request.isSocket;
    const asked = socket ? SOCKET : request.method;
    const method = asked == "HEAD" ? "GET" : asked;
    for (let index = 0; index < this.routes.length; index++) {
      const route = unchecked(this.routes[index]);
      request.params = new Headers();
      if (!fits(route.pattern, request.path, request.params)) continue;
      if (route.method == asked || route.method == method || (route.method.length == 0 && !socket)) {
        route.handler(request, response);
        return;
      }
      otherMethod = true;
    }
    // Not response.error: a service that never calls it stays half a kilobyte smaller.
    if (otherMethod) response.status(405).json('{"error":"method not allowed"}');
    else response.status(404).json('{"error":"not found"}');
  }
}

/** Where the next part of a path begins. */
function partStart(path: string, at: i32): i32 {
  while (at < path.length && path.charCodeAt(at) == 47) at++;
  return at;
}

/** Where it ends. */
function partEnd(path: string, at: i32): i32 {
  while (at < path.length && path.charCodeAt(at) != 47) at++;
  return at;
}

function fits(pattern: string, path: string, params: Headers): bool {
  let wantedAt = 0;
  let at = 0;
  while (true) {
    const wantedStart = partStart(pattern, wantedAt);
    wantedAt = partEnd(pattern, wantedStart);
    const start = partStart(path, at);
    at = partEnd(path, start);
    const wanted = pattern.substring(wantedStart, wantedAt);
    if (wanted == "*") {
      params.add(wanted, path.substring(start));
      return true;
    }
    if (wantedStart == wantedAt || start == at) return wantedStart == wantedAt && start == at;
    const part = path.substring(start, at);
    if (wanted.charCodeAt(0) == 58) params.add(wanted.substring(1), part);
    else if (wanted != part) return false;
  }
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
