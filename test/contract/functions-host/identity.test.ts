import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { decodeJwt, UnsecuredJWT } from "jose";
import { startServiceBus, type ServiceBus } from "../../../local/service-bus/start-service-bus";
import { createAuthority, writeAuthority } from "../../../local/tls/authority";
import { startSampleHost } from "./sample-host";

const identityHeader = "the-secret-of-this-machine";
let folder: string;
let endpoint: Server;
let broker: ServiceBus;

/** Answers like the managed identity endpoint of Azure. */
function startIdentityEndpoint(): Promise<Server> {
  const server = createServer((request, response) => {
    const resource = new URL(request.url ?? "", "http://localhost").searchParams.get("resource");
    const isAllowed = request.headers["x-identity-header"] === identityHeader;
    const expiresAt = Math.floor(Date.now() / 1000) + 3600;
    const token = new UnsecuredJWT({ sub: "the-app", aud: resource ?? "" }).setExpirationTime(expiresAt).encode();
    response.writeHead(isAllowed ? 200 : 401, { "content-type": "application/json" });
    response.end(
      JSON.stringify({ access_token: token, expires_on: String(expiresAt), resource, token_type: "Bearer" }),
    );
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "functions-host-identity-"));
  endpoint = await startIdentityEndpoint();
});
afterAll(async () => {
  await broker.close();
  await new Promise((resolve) => endpoint.close(resolve));
  await rm(folder, { recursive: true });
});

test("with only a namespace in the settings the host signs in to Service Bus with the app's managed identity", async () => {
  const authority = await createAuthority();
  const subjects: unknown[] = [];
  broker = await startServiceBus({
    tls: await authority.issue(),
    queues: ["work", "ordered", "brief", "batches", "bytes", "unsettled"].map((name) => ({
      name,
      requiresSession: name === "ordered",
    })),
    verifyToken: (token, audience) => {
      const { sub, aud } = decodeJwt(token);
      subjects.push(sub);
      return typeof aud === "string" && aud.startsWith(audience);
    },
  });
  const { port } = endpoint.address() as AddressInfo;
  const { host, output } = await startSampleHost({
    env: {
      BUS__fullyQualifiedNamespace: `localhost:${broker.port}`,
      IDENTITY_ENDPOINT: `http://127.0.0.1:${port}/msi/token`,
      IDENTITY_HEADER: identityHeader,
      NODE_EXTRA_CA_CERTS: await writeAuthority(authority, folder),
    },
  });
  try {
    const response = await fetch(`${host.url}/api/enqueue`, { method: "POST", body: '{"n":1}' });
    expect(response.status).toBe(202);
    await output.until(() => output.observed("work done").length === 1);
    expect(output.observed("work")[0]?.message).toEqual({ n: 1 });
    expect(new Set(subjects)).toEqual(new Set(["the-app"]));
    expect(host.errors.filter((line) => !line.includes("badSchedule"))).toEqual([]);
  } finally {
    await host.close();
  }
}, 30_000);
