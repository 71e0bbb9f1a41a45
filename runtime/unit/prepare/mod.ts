/** Module preparation: what the rest of the runtime uses of this folder. */
export { PREPARE_ERRORS, type PrepareErrorCode } from "./errors.ts";
export {
  type ModuleExtern,
  type ModuleImport,
  type ModuleInterface,
  readModule,
  signatureText,
} from "./inspect.ts";
export { type PreparedModule, prepareModule, type PrepareOptions, type PrepareReport } from "./prepare.ts";
