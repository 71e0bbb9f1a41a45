/** What a service used, as its operator reads it: bytes to other hosts, storage, files, connections, denials. */
import { assert, assertEquals } from "@std/assert";
import { serviceDetails } from "../../runtime/server/openapi/replies.ts";
import { serveHost } from "../../runtime/server/serve.ts";
import { handler, message } from "../guests/wat.ts";
import { type TestHost, testHost, until } from "../host/harness.ts";
import { keeper } from "./keeper.ts";

const AT = 8192;
const BODY = "a body of twenty byt";
const ANSWER = "x".repeat(5000);

/** Sends a body to a URL and answers when the call has ended. */
function sender(url: string): Uint8Array<ArrayBuffer> {
  const { text, length } = message("httpclient.fetch", {
    url,
    method: "POST",
    headers: {},
    data: BODY,
    mode: "",
  });
  return handler({
    answer: "sent",
    fields: `(data (i32.const ${AT}) "${text}")`,
    body: `(call $request (i32.const 1) (i32.const ${AT}) (i32.const ${length}))`,
    onResponse: "(call $send)",
  });
}

const detailsOf = async (test: TestHost, name: string) =>
  serviceDetails.parse(await (await test.manage(`/berth/v1/services/${name}`)).json());

const metric = async (test: TestHost, line: string) => {
  const text = await (await test.manage("/metrics")).text();
  return Number(text.split("\n").find((each) => each.startsWith(line))?.split(" ").at(-1) ?? NaN);
};

Deno.test("bytes to and from other hosts are counted, also of workers that have ended", async () => {
  const other = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      await request.text();
      return new Response(ANSWER);
    },
  );
  const origin = `http://127.0.0.1:${other.addr.port}`;
  {
    await using test = await testHost({ idleMs: 50 });
    const service = await test.deploy("sender", sender(`${origin}/`), {
      capabilities: { http: { allow: [origin] } },
    });
    for (let i = 0; i < 3; i++) assertEquals(await (await test.call("/api/sender")).text(), "sent");
    const wanted = { sentBytes: 3 * BODY.length, receivedBytes: 3 * ANSWER.length };
    assertEquals((await detailsOf(test, "sender")).counters.egress, wanted);
    await until("it sleeps", () => service.load.workers === 0);
    assertEquals((await detailsOf(test, "sender")).counters.egress, wanted);
    assertEquals(await (await test.call("/api/sender")).text(), "sent");
    const labels = '{service="api-sender"}';
    assertEquals(await metric(test, `berth_service_egress_sent_bytes_total${labels}`), 4 * BODY.length);
    assertEquals(await metric(test, `berth_service_egress_received_bytes_total${labels}`), 4 * ANSWER.length);
  }
  await other.shutdown();
});

Deno.test("storage, private files and WebSocket connections stand beside their limits", async () => {
  await using test = await testHost();
  const capabilities = { storage: true, websocket: true, files: { private: "/own" } };
  await test.deploy("keeper", keeper("kept"), { capabilities });
  const listening = serveHost(test.host, { hostname: "127.0.0.1", port: 0 });
  assertEquals((await test.call("/api/keeper/x")).status, 200);
  const folder = await privateFolder(test);
  await Deno.mkdir(`${folder}/deep`);
  await Deno.writeFile(`${folder}/deep/file`, new Uint8Array(1234));
  await Deno.symlink("/proc/self/exe", `${folder}/link`);
  const socket = new WebSocket(`ws://127.0.0.1:${listening.port}/ws/api/keeper`);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  const { use, load, limits } = await detailsOf(test, "keeper");
  assertEquals([use.privateFilesMaxBytes, use.websocketConnectionsMaxCount, load.webSockets], [1234, 1, 1]);
  assert((use.storageMaxBytes ?? 0) > 0);
  for (const name of Object.keys(use)) assert((limits[name] ?? 0) > 0, name);
  const labels = '{service="api-keeper"}';
  assertEquals(await metric(test, `berth_service_websocket_connections${labels}`), 1);
  assertEquals(await metric(test, `berth_service_private_files_bytes${labels}`), 1234);
  const closed = new Promise((resolve) => socket.onclose = resolve);
  socket.close();
  await closed;
  await until("it is counted no more", () => test.host.sockets.count("api-keeper") === 0);
  await listening.stop(0);
});

/** The only service's folder for its files. */
async function privateFolder(test: TestHost): Promise<string> {
  for await (const { name } of Deno.readDir(`${test.folder}/services`)) {
    return `${test.folder}/services/${name}/files`;
  }
  throw new Error("no service has a folder");
}
