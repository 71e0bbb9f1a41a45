import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { BerthError } from "../error.ts";
import {
  type ImageSignature,
  newSigningKeys,
  parseTrustedKeys,
  signImage,
  verifyImage,
} from "./signatures.ts";

const DIGEST = `sha256:${"ab".repeat(32)}`;
const OTHER = `sha256:${"cd".repeat(32)}`;

Deno.test("signatures: a signed image is its signer's, and no other image is", async () => {
  const keys = await newSigningKeys();
  const stranger = await newSigningKeys();
  const trusted = [{ name: "release", publicKey: keys.publicKey }];
  const signature = await signImage(DIGEST, keys.privateKey);
  assertEquals(signature.publicKey, keys.publicKey);
  assertEquals((await verifyImage(DIGEST, JSON.parse(JSON.stringify(signature)), trusted)).name, "release");
  const code = async (digest: string, made: ImageSignature | null, by = trusted) =>
    (await assertRejects(() => verifyImage(digest, made, by), BerthError) as BerthError).code;
  assertEquals(await code(OTHER, signature), "signature-invalid");
  assertEquals(await code(DIGEST, null), "signature-missing");
  assertEquals(await code(DIGEST, signature, []), "signature-untrusted");
  assertEquals(await code(DIGEST, await signImage(DIGEST, stranger.privateKey)), "signature-untrusted");
  // A stranger's signature under a trusted key's name.
  const forged = { ...await signImage(DIGEST, stranger.privateKey), publicKey: keys.publicKey };
  assertEquals(await code(DIGEST, forged), "signature-invalid");
});

Deno.test("signatures: whatever is malformed is refused", async () => {
  const keys = await newSigningKeys();
  const trusted = [{ name: "release", publicKey: keys.publicKey }];
  const good = await signImage(DIGEST, keys.privateKey);
  for (
    const change of [
      { algorithm: "rsa" },
      { publicKey: "ed25519:" },
      { publicKey: undefined },
      { signature: "" },
      { signature: good.signature.slice(4) },
      { signature: good.signature.replace(/.$/, " ") },
      { signature: 5 },
    ]
  ) {
    const made = { ...good, ...change } as unknown as ImageSignature;
    const error = await assertRejects(() => verifyImage(DIGEST, made, trusted), BerthError) as BerthError;
    assertEquals(error.code, "signature-invalid", JSON.stringify(change));
  }
  for (const digest of ["", "sha256:", DIGEST.toUpperCase(), `${DIGEST}\n`, DIGEST.slice(7)]) {
    await assertRejects(() => signImage(digest, keys.privateKey), BerthError);
  }
  for (const key of ["", "x", keys.publicKey, keys.privateKey.replace("PRIVATE", "PUBLIC")]) {
    const error = await assertRejects(() => signImage(DIGEST, key), BerthError) as BerthError;
    assertEquals(error.code, "signing-key-invalid");
  }
  const point = `ed25519:${btoa(String.fromCharCode(...new Uint8Array(32).fill(255)))}`;
  const odd = { ...good, publicKey: point };
  await assertRejects(() => verifyImage(DIGEST, odd, [{ name: "odd", publicKey: point }]), BerthError);
});

Deno.test("signatures: a list of trusted keys has a name and a key in each line", async () => {
  const [one, two] = [(await newSigningKeys()).publicKey, (await newSigningKeys()).publicKey];
  assertEquals(parseTrustedKeys(`# ours\nrelease ${one}\n\n  ci\t${two}  # the build\r\n`), [
    { name: "release", publicKey: one },
    { name: "ci", publicKey: two },
  ]);
  for (
    const text of [
      "release",
      `release ${one} more`,
      `a/b ${one}`,
      "a ed25519:xx",
      `a ${one}\na ${two}`,
      `a ${one}\nb ${one}`,
    ]
  ) {
    const error = assertThrows(() => parseTrustedKeys(text), BerthError) as BerthError;
    assertEquals(error.code, "signing-key-invalid", text);
  }
});
