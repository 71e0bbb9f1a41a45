/** Signed images and the policy of an unattended device. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { newSigningKeys, signImage } from "../../runtime/auth/signatures.ts";
import { readPolicy } from "../../runtime/policy_file.ts";
import { Service } from "../../runtime/service.ts";
import { readImage } from "../../runtime/unit/image.ts";
import { packImage } from "../../runtime/unit/pack.ts";
import { handler } from "../guests/wat.ts";
import { testHost } from "../host/harness.ts";
import { LIMITS_DEFAULT } from "../unit/samples.ts";

const MANIFEST = { berth: 1, name: "hello", version: "1.0.0", module: "service.wasm", path: "/hello" };

/** An image, signed with a key or not. */
async function image(answer: string, privateKey?: string, manifest = {}): Promise<Uint8Array<ArrayBuffer>> {
  const input = {
    manifest: JSON.stringify({ ...MANIFEST, ...manifest }),
    module: { path: "service.wasm", bytes: handler({ answer }) },
  };
  const plain = await packImage(input);
  if (!privateKey) return plain;
  await using read = await readImage(plain, LIMITS_DEFAULT);
  return packImage({
    ...input,
    signature: JSON.stringify(await signImage(`sha256:${read.digest}`, privateKey)),
  });
}

const OWNER = { clientId: "api" };

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "none";
  } catch (error) {
    return (error as { code: string }).code;
  }
}

Deno.test("a host with trusted keys takes what they signed, and nothing else stays behind", async () => {
  const good = await newSigningKeys();
  const other = await newSigningKeys();
  await using test = await testHost({ trustedKeys: [{ name: "release", publicKey: good.publicKey }] });
  const { host } = test;
  assertEquals(await codeOf(host.deploy(await image("a"), OWNER)), "signature-missing");
  assertEquals(await codeOf(host.deploy(await image("a", other.privateKey), OWNER)), "signature-untrusted");
  assertEquals((await host.manage()).images.list("api").length, 0);
  assertEquals([...Deno.readDirSync(`${test.folder}/images`)], []);
  await host.deploy(await image("signed", good.privateKey), OWNER);
  assertEquals(await (await test.call("/api/hello")).text(), "signed");
});

Deno.test("a signature of another image does not fit; one that cannot be read is refused everywhere", async () => {
  const good = await newSigningKeys();
  await using test = await testHost({ trustedKeys: [{ name: "release", publicKey: good.publicKey }] });
  await using open = await testHost();
  const input = {
    manifest: JSON.stringify(MANIFEST),
    module: { path: "service.wasm", bytes: handler({ answer: "other" }) },
  };
  const signature = JSON.stringify(await signImage(`sha256:${"0".repeat(64)}`, good.privateKey));
  assertEquals(
    await codeOf(test.host.deploy(await packImage({ ...input, signature }), OWNER)),
    "signature-invalid",
  );
  for (const broken of ["", "{}", "no json"]) {
    const tar = await packImage({ ...input, signature: broken });
    assertEquals(await codeOf(open.host.deploy(tar, OWNER)), "signature-invalid");
  }
  const huge = await packImage({ ...input, signature: " ".repeat(5000) });
  assertEquals(await codeOf(open.host.deploy(huge, OWNER)), "image-invalid");
});

Deno.test("what was stored before the host wanted signatures does not run unless it was signed", async () => {
  const good = await newSigningKeys();
  const folder = await Deno.makeTempDir({ prefix: "berth-test-" });
  {
    await using test = await testHost({ dataFolder: folder });
    await test.host.deploy(await image("unsigned"), { ...OWNER, name: "unsigned" });
    const signed = await image("signed", good.privateKey, { name: "signed", path: "/signed" });
    await test.host.deploy(signed, OWNER);
  }
  const trustedKeys = [{ name: "release", publicKey: good.publicKey }];
  await using test = await testHost({ dataFolder: folder, trustedKeys });
  assertEquals(await (await test.call("/api/signed")).text(), "signed");
  const refused = await test.call("/api/hello");
  assertEquals(refused.status, 503);
  await refused.body?.cancel();
  const { reason } = test.host.service("unsigned", "api");
  assertEquals(reason, "the image has no signature");
  await test.host.close();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a policy grants what it names and leaves the rest to the operator", async () => {
  const asks = { capabilities: { http: { allow: ["https://a.example", "https://b.example"] } } };
  const policy = (http: unknown, services = ["api-hel*"]) =>
    readPolicy(JSON.stringify({ grant: [{ services, capabilities: { http } }] }));
  const deployWith = async (rules: ReturnType<typeof policy>) => {
    await using test = await testHost({ policy: rules });
    const deployed = await test.host.deploy(await image("x", undefined, asks), OWNER);
    return deployed instanceof Service ? [] : deployed.more.map(({ allows }) => allows);
  };
  const [first = "", second = ""] = await deployWith(policy(true, ["api-other"]));
  assertEquals(await deployWith(policy(true)), []);
  assertEquals(await deployWith(policy(true, ["*"])), []);
  assertEquals(await deployWith(policy([first, second])), []);
  assertEquals(await deployWith(policy([first])), [second]);
});

Deno.test("a rule for signed images holds for what its signers signed, and for nobody else's", async () => {
  const [ours, others] = [await newSigningKeys(), await newSigningKeys()];
  const trustedKeys = [{ name: "release", publicKey: ours.publicKey }, {
    name: "guests",
    publicKey: others.publicKey,
  }];
  const rule = { services: ["*"], capabilities: { http: true }, signedBy: ["release"] };
  const policy = readPolicy(JSON.stringify({ grant: [rule] }));
  const asks = { capabilities: { http: { allow: ["https://a.example"] } } };
  {
    await using test = await testHost({ policy, trustedKeys });
    assert(await test.host.deploy(await image("x", ours.privateKey, asks), OWNER) instanceof Service);
    const waits = await test.host.deploy(await image("y", others.privateKey, asks), {
      ...OWNER,
      name: "other",
    });
    assertEquals(waits instanceof Service ? 0 : waits.more.length, 1);
  }
  // Without trusted keys, or with others, the rule would never apply: that is a mistake and not a silence.
  for (const trusted of [undefined, trustedKeys.slice(1)]) {
    const options = { policy, ...(trusted ? { trustedKeys: trusted } : {}) };
    assertEquals(await codeOf(testHost(options)), "policy-invalid");
  }
});

Deno.test("a policy with a mistake is refused with its place", () => {
  const cases: [string, string][] = [
    ["{", "the policy cannot be used: it is not JSON"],
    ["[]", "the policy cannot be used: the file"],
    ['{"grant":[{"services":["a"],"capabilities":{"htp":true}}]}', "grant.0.capabilities"],
    ['{"grant":[{"services":["*a"],"capabilities":{}}]}', "grant.0.services.0"],
    ['{"grant":[{"services":["a"],"capabilities":{"http":false}}]}', "grant.0.capabilities.http"],
    ['{"grant":[{"services":["a"],"capabilities":{},"signedBy":[]}]}', "grant.0.signedBy"],
    ['{"allow":[]}', "the policy cannot be used"],
  ];
  for (const [text, message] of cases) assertThrows(() => readPolicy(text), Error, message);
});
