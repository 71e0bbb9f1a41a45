// Berth's AssemblyScript SDK: everything.
export { App, app, berth_abi_1, Handler, mk_module_on_event } from "./berth/app";
export { Answer, call, Done, Outcome } from "./berth/call";
export { callService, fetch, Inbound } from "./berth/fetch";
export { decodeUrl, Pairs, quote, Request, Response, textOf, utf8 } from "./berth/http";
export { config, Entry, log } from "./berth/log";
export { Headers, Reader, Value, Writer } from "./berth/msgpack";
export { Batch, Flag, Item, Items, storage } from "./berth/storage";
export { Code } from "./berth/raw";
export { Published, websocket } from "./berth/websocket";
export { form, FormPart, FormPiece, Stored } from "./berth/form";
export { Json, JsonType } from "./berth/json";
