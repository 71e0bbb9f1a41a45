/** The head of one part of a form. */
import { MessageError } from "../error.ts";

/** What a part says of itself; all of it is the client's word. */
export interface FormPart {
  readonly name: string;
  /** `null` for a plain value. */
  readonly filename: string | null;
  /** Empty when not given. */
  readonly contentType: string;
}

const decoder = new TextDecoder();

/** Parses the headers of a part. Throws `invalid` without a form-data disposition that has a name. */
export function parseHead(bytes: Uint8Array): FormPart {
  let disposition = "";
  let contentType = "";
  for (const line of decoder.decode(bytes).split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon < 0) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    if (name === "content-disposition") disposition = line.slice(colon + 1).trim();
    else if (name === "content-type") contentType = line.slice(colon + 1).trim();
  }
  const name = parameter(disposition, "name");
  if (!/^form-data\s*(;|$)/i.test(disposition) || name === null) {
    throw new MessageError("invalid", "read a form: a part has no form-data disposition with a name");
  }
  return { name, filename: parameter(disposition, "filename"), contentType };
}

/** A parameter of a disposition, as browsers write it: quoted, with %22 for a quote; a backslash escapes too. */
function parameter(disposition: string, name: string): string | null {
  const pattern = /;\s*([^\s=;]+)\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^\s;"]*))/g;
  for (const [, key, quoted, plain] of disposition.matchAll(pattern)) {
    if (key?.toLowerCase() !== name) continue;
    if (quoted === undefined) return plain ?? "";
    return quoted.replace(/\\(["\\])/g, "$1").replaceAll("%22", '"').replaceAll("%0D", "\r").replaceAll(
      "%0A",
      "\n",
    );
  }
  return null;
}
