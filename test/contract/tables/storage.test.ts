import { createHmac } from "node:crypto";
import net from "node:net";
import type { AddressInfo } from "node:net";
import { TableServiceClient } from "@azure/data-tables";
import { PortInUseError } from "../../../local/stand-in";
import type { Storage } from "../../../local/tables/start-storage";
import { startStorage } from "../../../local/tables/start-storage";
import { DEVELOPMENT_ACCOUNT } from "../../../local/tables/start-tables";

let storage: Storage;
beforeAll(async () => {
  storage = await startStorage();
});
afterAll(() => storage.close());

/** A request signed with the account key, as Core Tools sign theirs (there is no blob SDK in this project). */
function send(method: string, address: string, headers: Record<string, string> = {}, body = ""): Promise<Response> {
  const url = new URL(address);
  const own: Record<string, string> = {
    ...headers,
    "x-ms-date": new Date().toUTCString(),
    "x-ms-version": "2021-12-02",
  };
  const msHeaders = Object.keys(own).sort();
  const query = [...url.searchParams].sort().map(([name, value]) => `\n${name}:${value}`);
  const resource = `/${DEVELOPMENT_ACCOUNT.name}${url.pathname}${query.join("")}`;
  const lines = [method, "", "", body === "" ? "" : String(body.length), "", "", "", "", "", "", "", ""];
  const text = [...lines, ...msHeaders.map((name) => `${name}:${own[name] ?? ""}`), resource].join("\n");
  const signature = createHmac("sha256", Buffer.from(DEVELOPMENT_ACCOUNT.key, "base64")).update(text).digest("base64");
  const authorization = `SharedKey ${DEVELOPMENT_ACCOUNT.name}:${signature}`;
  return fetch(url, { method, headers: { ...own, authorization, "content-type": "" }, ...(body && { body }) });
}

test("a timer's lease on a blob is granted once", async () => {
  const container = `${storage.blobUrl}/azure-webjobs-hosts`;
  const lock = `${container}/locks`;
  expect((await send("PUT", `${container}?restype=container`)).status).toBe(201);
  expect((await send("PUT", lock, { "x-ms-blob-type": "BlockBlob" }, "{}")).status).toBe(201);
  const lease = { "x-ms-lease-action": "acquire", "x-ms-lease-duration": "15" };
  const first = await send("PUT", `${lock}?comp=lease`, lease);
  expect(first.status).toBe(201);
  expect(first.headers.get("x-ms-lease-id")).toMatch(/^[0-9a-f-]{36}$/);
  const second = await send("PUT", `${lock}?comp=lease`, lease);
  expect([second.status, second.headers.get("x-ms-error-code")]).toEqual([409, "LeaseAlreadyPresent"]);
  expect(await (await send("GET", lock)).text()).toBe("{}");
});

test("a message put into a queue can be taken out", async () => {
  const queue = `${storage.queueUrl}/work`;
  expect((await send("PUT", queue)).status).toBe(201);
  const message = "<QueueMessage><MessageText>hello</MessageText></QueueMessage>";
  expect((await send("POST", `${queue}/messages`, {}, message)).status).toBe(201);
  expect(await (await send("GET", `${queue}/messages`)).text()).toContain("<MessageText>hello</MessageText>");
});

test("its connection string names all three endpoints", async () => {
  expect(storage.connectionString).toContain(`BlobEndpoint=${storage.blobUrl};`);
  expect(storage.connectionString).toContain(`QueueEndpoint=${storage.queueUrl};`);
  const client = TableServiceClient.fromConnectionString(storage.connectionString, { allowInsecureConnection: true });
  await client.createTable("fromStorage");
  expect((await client.listTables().next()).value).toMatchObject({ name: "fromStorage" });
});

test("when one port is taken, the others are given back", async () => {
  const taken = net.createServer();
  await new Promise<void>((listening) => taken.listen(0, "127.0.0.1", listening));
  const { port } = taken.address() as AddressInfo;
  const spare = net.createServer();
  await new Promise<void>((listening) => spare.listen(0, "127.0.0.1", listening));
  const tablePort = (spare.address() as AddressInfo).port;
  await new Promise((closed) => spare.close(closed));

  await expect(startStorage({ tablePort, queuePort: port })).rejects.toThrow(new PortInUseError("queues", port));
  await new Promise((closed) => taken.close(closed));
  const again = await startStorage({ tablePort, queuePort: port });
  expect(again.tables.port).toBe(tablePort);
  await again.close();
});
