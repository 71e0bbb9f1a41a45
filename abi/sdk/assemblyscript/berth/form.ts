// Forms that a browser uploads (multipart/form-data), part by part, with files streamed.
import { Answer, call } from "./call";
import { textOf } from "./http";
import { Reader } from "./msgpack";
import { formNext, formRead, formStore } from "./raw";

const NOTHING = new Uint8Array(0);

/** A part of a form. */
export class FormPart extends Answer {
  /** There are no more parts. */
  end: bool = false;
  /** A file, whose content is read or stored; else `value` holds it. */
  file: bool = false;
  name: string = "";
  /** As the client gave it: never a path to trust. */
  filename: string = "";
  contentType: string = "";
  value: string = "";

  member(name: string, reader: Reader): void {
    if (name == "kind") {
      const kind = reader.text();
      this.end = kind == "end";
      this.file = kind == "file";
    } else if (name == "name") this.name = reader.text();
    else if (name == "filename") this.filename = reader.text();
    else if (name == "contentType") this.contentType = reader.text();
    else if (name == "value") this.value = textOf(reader.bin());
    else reader.skip();
  }
}

/** A piece of a file; empty at its end. */
export class FormPiece extends Answer {
  data: Uint8Array = NOTHING;

  member(name: string, reader: Reader): void {
    if (name == "data") this.data = reader.bin();
    else reader.skip();
  }
}

/** What was stored. */
export class Stored extends Answer {
  size: i64 = 0;

  member(_name: string, reader: Reader): void {
    this.size = reader.integer();
  }
}

/** The form of the request under way. */
export namespace form {
  /** The next part; what is left of the one before is passed over. */
  export function next(): FormPart {
    return call(formNext(), new FormPart());
  }
  /** The next piece of the file. */
  export function read(max: i64 = 65536): FormPiece {
    return call(formRead(max), new FormPiece());
  }
  /** Stores the rest of the file in a mount (the files capability). */
  export function save(path: string): Stored {
    return call(formStore(path), new Stored());
  }
}
