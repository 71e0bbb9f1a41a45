/** The guest interfaces that exist: one line each. */
import type { Abi, Convention, HostFunction } from "./abi.ts";
import { CGI_CONVENTION } from "./cgi/convention.ts";
import { SERVERLESS, SERVERLESS_CONVENTION } from "./serverless/mod.ts";
import { WASI_PREVIEW1 } from "./wasi_preview1/mod.ts";

/** Sets of imports. */
export const ABIS: readonly Abi[] = [SERVERLESS, WASI_PREVIEW1];

/** Ways in which a request reaches a guest; the first that matches a module's exports is used. */
export const CONVENTIONS: readonly Convention[] = [SERVERLESS_CONVENTION, CGI_CONVENTION];

/** Every function that a guest may import. */
export const HOST_FUNCTIONS: readonly HostFunction[] = ABIS.flatMap((abi) => abi.functions);
