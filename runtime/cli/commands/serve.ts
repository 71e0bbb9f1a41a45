/** `berth serve`. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { portOf, serve, type ServeCommandOptions } from "../serve.ts";
import { examples, type Session } from "../session.ts";

/** Adds the command. */
export function registerServe(program: Command, session: Session): void {
  const command = program.command("serve").description("Run a host on this machine.")
    .option("-p, --port <number>", "the one port for everything; 0 takes a free one", readPort, 8083)
    .option("--host <address>", "where to listen; 0.0.0.0 is every network", "127.0.0.1")
    .option(
      "--data <folder>",
      "where everything is kept  (default: $BERTH_DATA, ./.berth if it exists, else the user's)",
    )
    .option("--tls-cert <file>", "serve https with this certificate chain (PEM)")
    .option("--tls-key <file>", "and its private key (PEM)")
    .option("--trust <file>", "take only images that these keys signed; a line each: name ed25519:…")
    .option("--policy <file>", "JSON: what is granted without asking")
    .option("--jwks <file|url>", "take tokens that these keys signed: a key set, a PEM, a shared secret")
    .option("--issuer <name>", "the `iss` that such tokens must have")
    .option("--audience <name>", "the `aud` that such tokens must have")
    .addOption(
      new Option("--front <name>", "fast, or safe against slow clients  (default: safe for networks)")
        .choices(["fast", "safe"]),
    )
    .option("--announce", "tell the local network of it  (default: when others can reach it)")
    .option("--no-announce", "do not")
    .option("--json", "print JSON")
    .action((options: ServeCommandOptions, self: Command) => {
      session.endsItself = true;
      return serve(options, session.io, session.screen(self));
    });
  examples(command, [
    ["berth serve", "for this machine only"],
    ["berth serve --host 0.0.0.0 --data /var/lib/berth", "for the network, as a device does"],
    ["berth serve --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem", "encrypted"],
  ]);
}

function readPort(text: string): number {
  const port = portOf(text);
  if (port === null) throw new InvalidArgumentError("A port is 0 to 65535.");
  return port;
}
