/** The serverless ABI as a set of imports. */
import type { Abi } from "../abi.ts";
import { SERVERLESS_FUNCTIONS } from "./functions.ts";
import { ServerlessInstance } from "./instance.ts";

/** Versions 1.0.0 and 2.0.x of mimik's ABI, and Berth's additions. See SPEC.md. */
export const SERVERLESS: Abi = {
  functions: SERVERLESS_FUNCTIONS,
  open: (context, start) => new ServerlessInstance(context, start),
};
