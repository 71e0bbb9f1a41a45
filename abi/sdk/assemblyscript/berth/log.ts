// The service's log, configuration and secrets.
//
//   log.info("paid", ["order", id, "amount", amount.toString()]);
//   const token = config.secret("API_TOKEN");
//   if (!token.found) return response.error(503, "no API_TOKEN is set");
import { Answer, call } from "./call";
import { post } from "./http";
import { Reader, Writer } from "./msgpack";
import { configGet, logWrite, secretGet } from "./raw";

/** A value of the configuration, or none (`found` false). */
export class Entry extends Answer {
  found: bool = false;
  value: string = "";

  member(name: string, reader: Reader): void {
    if (name == "found") this.found = reader.boolean();
    else if (name == "value") this.value = reader.text();
    else reader.skip();
  }
}

/** The log. `fields` is a list of name, value, name, value … */
export namespace log {
  export function write(level: string, message: string, fields: string[] = []): void {
    const named = new Writer();
    named.map(fields.length / 2);
    for (let index = 0; index + 1 < fields.length; index += 2) {
      named.text(fields[index]);
      named.text(fields[index + 1]);
    }
    post(logWrite(level, message, named));
  }
  export function debug(message: string, fields: string[] = []): void {
    write("debug", message, fields);
  }
  export function info(message: string, fields: string[] = []): void {
    write("info", message, fields);
  }
  export function warn(message: string, fields: string[] = []): void {
    write("warn", message, fields);
  }
  export function error(message: string, fields: string[] = []): void {
    write("error", message, fields);
  }
}

/** The configuration (the env capability). */
export namespace config {
  /** A value of the deployment's configuration. */
  export function get(key: string): Entry {
    return call(configGet(key), new Entry());
  }
  /** A secret that the operator set and the manifest names. */
  export function secret(key: string): Entry {
    return call(secretGet(key), new Entry());
  }
}
