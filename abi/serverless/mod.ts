/** The serverless ABI: mimik's 1.0.0 and 2.0.x, and Berth's additions. SPEC.md is its page. */
export { SERVERLESS } from "./abi.ts";
export { SERVERLESS_CONVENTION } from "./convention.ts";
export { MessageError, NoAnswerError } from "./error.ts";
