/** What `berth serve` reads from files before it starts: certificates, trusted keys, a policy, issuers of tokens. */
import type { ServeOptions } from "../../mod.ts";
import { resolve } from "@std/path";
import type { HostOptions } from "../host.ts";
import { CliError } from "./errors.ts";

type TlsFiles = NonNullable<ServeOptions["tls"]>;

/** The options of `berth serve` that name files. */
export interface ServeFiles {
  readonly trust?: string;
  readonly policy?: string;
  readonly jwks?: string;
  readonly issuer?: string;
  readonly audience?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
}

/** The part of a host's options that comes from files. */
export async function readHostFiles(
  cwd: string,
  files: ServeFiles,
): Promise<Pick<HostOptions, "trustedKeys" | "policy" | "issuers">> {
  const { parsePolicy, parseTrustedKeys } = await import("../../mod.ts");
  return {
    ...(files.trust ? { trustedKeys: parseTrustedKeys(await readText(cwd, files.trust, "--trust")) } : {}),
    ...(files.policy ? { policy: await parsePolicy(await readText(cwd, files.policy, "--policy")) } : {}),
    ...await readIssuers(cwd, files),
  };
}

async function readIssuers(
  cwd: string,
  { jwks, issuer, audience }: ServeFiles,
): Promise<Pick<HostOptions, "issuers">> {
  if (jwks === undefined) {
    if (issuer === undefined && audience === undefined) return {};
    throw new CliError(
      "usage",
      "Read --issuer or --audience, and no --jwks says which keys sign its tokens",
      {
        fix: "Add --jwks with a file or an https:// address.",
      },
    );
  }
  const { readTokenKeys } = await import("../../mod.ts");
  const remote = /^https?:\/\//i.test(jwks);
  if (!remote) await readText(cwd, jwks, "--jwks"); // told by its option when it cannot be read
  const keys = remote ? { kind: "jwks-url", url: jwks } as const : await readTokenKeys(resolve(cwd, jwks));
  return {
    issuers: [{ keys, ...(issuer ? { issuer } : {}), ...(audience ? { audience } : {}) }],
  };
}

/** The certificate and its key; `undefined` when none is given. */
export async function readTls(cwd: string, { tlsCert, tlsKey }: ServeFiles): Promise<TlsFiles | undefined> {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new CliError("usage", "Read one of --tls-cert and --tls-key, and TLS needs both", {
      fix: "Give the certificate chain and its private key, each a PEM file.",
    });
  }
  const cert = await readText(cwd, tlsCert, "--tls-cert");
  const key = await readText(cwd, tlsKey, "--tls-key");
  for (
    const [text, option, what] of [[cert, "--tls-cert", "CERTIFICATE"], [key, "--tls-key", "KEY"]] as const
  ) {
    if (!text.includes("-----BEGIN ") || !text.includes(`${what}-----`)) {
      throw new CliError("usage", `Read the file of ${option} and found no ${what} in PEM`, {
        fix: "PEM begins with a line such as -----BEGIN CERTIFICATE-----.",
      });
    }
  }
  return { cert, key };
}

async function readText(cwd: string, file: string, option: string): Promise<string> {
  try {
    return await Deno.readTextFile(resolve(cwd, file));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliError("file-unreadable", `Read ${resolve(cwd, file)} for ${option} and failed: ${why}`);
  }
}
