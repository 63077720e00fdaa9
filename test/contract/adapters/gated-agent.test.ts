import { once } from "node:events";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { createAuthority } from "../../../local/tls/authority";
import { createGatedAgent, type GatedAgent } from "../../../shared/partner-center/gated-agent";

let server: https.Server;
let ca: string;
let received: string[];
beforeAll(async () => {
  const authority = await createAuthority();
  const { key, cert } = await authority.issue();
  ca = authority.caPem;
  server = https.createServer({ key, cert }, (request, response) => {
    received.push(`${request.method ?? ""} ${request.url ?? ""}`);
    response.end("done");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
beforeEach(() => {
  received = [];
});
afterAll(async () => {
  server.close();
  server.closeAllConnections();
  await once(server, "close");
});

/** Resolves with the status, or rejects with what the connection failed of. */
function patch({ agent }: GatedAgent, trusted: string | undefined): Promise<number | undefined> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const ask = { host: "127.0.0.1", port, method: "PATCH", path: "/x", agent, ...(trusted ? { ca: trusted } : {}) };
    const request = https.request(ask, (response) => {
      response.resume().once("end", () => resolve(response.statusCode));
    });
    request.once("error", reject);
    request.end("{}");
  });
}

test("over TLS, the question is asked when the secure connection is open, and the request follows", async () => {
  let asked = 0;
  const gated = createGatedAgent(true, () => ++asked === 1);
  expect(await patch(gated, ca)).toBe(200);
  expect([asked, gated.progress.state, received]).toEqual([1, "ready", ["PATCH /x"]]);
  gated.close();
});

test("over TLS, a no means that not one byte of the request is sent", async () => {
  const gated = createGatedAgent(true, () => false);
  await expect(patch(gated, ca)).rejects.toThrow("too late");
  expect([gated.progress.state, received]).toEqual(["tooLate", []]);
  gated.close();
});

test("a server that proves to be somebody else is never sent anything", async () => {
  let asked = 0;
  const gated = createGatedAgent(true, () => ++asked > 0);
  await expect(patch(gated, undefined)).rejects.toMatchObject({ code: expect.stringMatching(/CERT|VERIFY/) as string });
  expect([asked, gated.progress.state, received]).toEqual([0, "connecting", []]);
  gated.close();
});
