/** A guest that stores each request as it came, and only then answers. */
import { encode } from "@msgpack/msgpack";
import { data, handler } from "../guests/wat.ts";

const AT = 8192;

/** The module; its storage holds the last request, as a message of the ABI, under the key `last`. */
export function keeper(answer: string): Uint8Array<ArrayBuffer> {
  const params = { key: "last", tag: "", value: "" };
  const message = encode({ jsonrpc: "2.0", id: 1, method: "storage.set_item", params });
  // The empty value at its end becomes binary of 32-bit length (MessagePack `bin 32`): the request.
  const value = AT + message.length - 1;
  const byte = (offset: number, shift: number) =>
    `(i32.store8 (i32.const ${value + offset}) (i32.shr_u (local.get $length) (i32.const ${shift})))`;
  return handler({
    answer,
    fields: `(data (i32.const ${AT}) "${data(message)}")`,
    body: `
      (i32.store8 (i32.const ${value}) (i32.const 0xc6))
      ${byte(1, 24)} ${byte(2, 16)} ${byte(3, 8)} ${byte(4, 0)}
      (call $take (i32.const ${value + 5}) (local.get $event) (local.get $length))
      (call $request (i32.const 1) (i32.const ${AT}) (i32.add (i32.const ${
      message.length + 4
    }) (local.get $length)))
      (call $send)`,
  });
}
