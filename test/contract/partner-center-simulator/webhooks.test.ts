import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { verify, X509Certificate } from "node:crypto";
import { sku } from "../../../local/partner-center-simulator/catalog/catalog";
import { acme, MINUTE, owned, partnerId, readWire, startCommerce, type Commerce } from "./commerce-fixture";

const id = "bbbbbbbb-0000-4000-8000-000000000001";
const registration = "/webhooks/v1/registration";

interface Delivery {
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** A receiver on loopback that answers with `status` and lets a test wait for the next delivery. */
class Receiver {
  status = 200;
  readonly deliveries: Delivery[] = [];
  private readonly waiting: (() => void)[] = [];
  private readonly server: Server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      this.deliveries.push({ headers: request.headers, body: Buffer.concat(parts) });
      response.writeHead(this.status).end(() => {
        for (const resume of this.waiting.splice(0)) resume();
      });
    });
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/events`;
  }

  /** The delivery with this number, once it is there. */
  async delivery(number: number): Promise<Delivery> {
    while (this.deliveries.length < number) await new Promise<void>((resolve) => this.waiting.push(resolve));
    return this.deliveries[number - 1]!;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

let commerce: Commerce;
let receiver: Receiver;
let url: string;

const subscriptions = [owned({ id, sku: sku.powerBiPro, quantity: 10, boughtDaysAgo: 120 })];

beforeEach(async () => {
  receiver = new Receiver();
  [url, commerce] = await Promise.all([receiver.start(), startCommerce({ subscriptions })]);
});
afterEach(async () => {
  await commerce.close();
  await receiver.stop();
});

const register = (more: Record<string, unknown> = {}) =>
  commerce.app.post(registration, {
    WebhookUrl: url,
    WebhookEvents: ["subscription-updated", "test-created"],
    ...more,
  });

async function addSeat(): Promise<void> {
  const path = `/v1/customers/${acme}/subscriptions/${id}`;
  const { body } = await commerce.app.get(path);
  expect((await commerce.app.patch(path, { ...body, quantity: body.quantity + 1 })).status).toBe(200);
}

/** Resolves when every delivery that was due has been answered or given up. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe("a registration", () => {
  test("is made, read, replaced and removed; one per partner", async () => {
    expect((await commerce.app.get(`${registration}/events`)).body).toEqual(
      expect.arrayContaining(["test-created", "subscription-updated", "invoice-ready"]),
    );
    expect((await commerce.app.get(registration)).status).toBe(404);
    const made = await register();
    expect(made.body).toMatchObject({ WebhookUrl: url, WebhookEvents: ["subscription-updated", "test-created"] });
    expect((await commerce.app.get(registration)).body).toEqual(made.body);
    const replaced = await commerce.app.put(registration, { WebhookUrl: `${url}/v2`, WebhookEvents: ["test-created"] });
    expect(replaced.body).toMatchObject({ SubscriberId: made.body.SubscriberId, WebhookUrl: `${url}/v2` });
    expect((await commerce.otherApp.get(registration)).status).toBe(404);
    expect((await commerce.app.delete(registration)).status).toBe(204);
    expect((await commerce.app.get(registration)).status).toBe(404);
  });

  test.each(["https://example.com/hook", "http://10.0.0.1/hook", "http://localhost.example.com/", "ftp://127.0.0.1/"])(
    "for %s is refused: only this machine is delivered to",
    async (address) => {
      const { status, body } = await register({ WebhookUrl: address });
      expect([status, body.code]).toEqual([400, "3000"]);
    },
  );

  test("for an unknown event is refused", async () => {
    expect((await register({ WebhookEvents: ["subscription-exploded"] })).status).toBe(400);
  });
});

describe("subscription-updated", () => {
  test("is delivered for a change, signed by a certificate of Microsoft Corporation that chains to the root", async () => {
    await register();
    await addSeat();
    const { headers, body } = await receiver.delivery(1);
    const event = readWire(body.toString("utf8"));
    expect(event).toEqual({
      EventName: "subscription-updated",
      ResourceUri: `${commerce.simulator.url}/webhooks/v1/customers/${acme}/subscriptions/${id}`,
      ResourceName: "subscription",
      AuditUri: expect.stringContaining(
        `${commerce.simulator.url}/auditactivity/v1/auditrecords/${partnerId}`,
      ) as unknown,
      ResourceChangeUtcDate: "2026-11-10T09:00:00.0000000+00:00",
    });

    expect(headers["x-ms-signature-algorithm"]).toBe("rsa-sha256");
    const certificateUrl = String(headers["x-ms-certificate-url"]);
    const load = async (address: string) =>
      new X509Certificate(Buffer.from(await (await fetch(address)).arrayBuffer()));
    const certificate = await load(certificateUrl);
    const root = await load(certificateUrl.replace("webhook.cer", "root.cer"));
    expect(certificate.subject).toContain("O=Microsoft Corporation");
    expect(certificate.verify(root.publicKey)).toBe(true);
    const signature = Buffer.from(String(headers.authorization).replace("Signature ", ""), "base64");
    expect(verify("RSA-SHA256", body, certificate.publicKey, signature)).toBe(true);
    const forged = Buffer.from(body.toString("utf8").replace(id, acme));
    expect(verify("RSA-SHA256", forged, certificate.publicKey, signature)).toBe(false);
  });

  test("carries its signature in x-ms-signature when the registration asks for it", async () => {
    await register({ SignatureTokenToMsSignatureHeader: true });
    await addSeat();
    const { headers } = await receiver.delivery(1);
    expect(headers.authorization).toBeUndefined();
    expect(Buffer.from(String(headers["x-ms-signature"]), "base64")).toHaveLength(256);
  });

  test("is not sent to a registration that did not ask for it", async () => {
    await register({ WebhookEvents: ["test-created"] });
    await addSeat();
    const { body } = await commerce.app.post(`${registration}/validationEvents`);
    await receiver.delivery(1);
    await settled();
    expect(receiver.deliveries).toHaveLength(1);
    expect(body.correlationId).toEqual(expect.any(String));
  });

  test("comes late by switch, with the moment of the change", async () => {
    await commerce.restart({ subscriptions, switches: { webhookDelaySeconds: 3600 } });
    await register();
    await addSeat();
    await settled();
    expect(receiver.deliveries).toEqual([]);
    await commerce.clock.advance(60 * MINUTE);
    const { body } = await receiver.delivery(1);
    expect(readWire(body.toString("utf8")).ResourceChangeUtcDate).toBe("2026-11-10T09:00:00.0000000+00:00");
  });

  test("is repeated with growing pauses until the receiver takes it, and given up after the last attempt", async () => {
    await commerce.restart({
      subscriptions,
      switches: { webhookAttempts: 3, webhookRetrySeconds: 60, webhookDelaySeconds: 1 },
    });
    receiver.status = 500;
    await register();
    await addSeat();
    await commerce.clock.advance(1000);
    await receiver.delivery(1);
    await commerce.clock.advance(59_000);
    expect(receiver.deliveries).toHaveLength(1);
    await commerce.clock.advance(1000);
    expect(receiver.deliveries).toHaveLength(2);
    await commerce.clock.advance(120_000);
    expect(receiver.deliveries).toHaveLength(3);
    await commerce.clock.advance(60 * MINUTE);
    expect(receiver.deliveries).toHaveLength(3);
    const bodies = receiver.deliveries.map(({ body }) => body.toString("utf8"));
    expect(new Set(bodies).size).toBe(1);

    receiver.status = 204;
    await addSeat();
    await commerce.clock.advance(60 * MINUTE);
    expect(receiver.deliveries).toHaveLength(4);
  });
});

describe("a validation event", () => {
  const send = () => commerce.app.post(`${registration}/validationEvents`);

  test("tells afterwards how the receiver answered", async () => {
    await register();
    const sent = await send();
    const { body } = await receiver.delivery(1);
    expect(readWire(body.toString("utf8"))).toMatchObject({ EventName: "test-created", ResourceName: "test" });
    let result = await commerce.app.get(`${registration}/validationEvents/${sent.body.correlationId}`);
    while (result.body.status === "pending") {
      result = await commerce.app.get(`${registration}/validationEvents/${sent.body.correlationId}`);
    }
    expect(result.body).toMatchObject({
      correlationId: sent.body.correlationId,
      partnerId,
      status: "completed",
      callbackUrl: url,
      results: [{ responseCode: 200, systemError: false, dateTimeUtc: "2026-11-10T09:00:00.000Z" }],
    });
  });

  test("is sent twice a minute at most; the third is throttled in the gateway's shape", async () => {
    await register();
    expect((await send()).status).toBe(200);
    await commerce.clock.advance(20_000);
    expect((await send()).status).toBe(200);
    const third = await send();
    expect(third.status).toBe(429);
    expect(third.headers.get("retry-after")).toBe("40");
    expect(third.body).toMatchObject({ statusCode: 429, message: expect.stringContaining("40 seconds") as unknown });
    await commerce.clock.advance(40_000);
    expect((await send()).status).toBe(200);
  });

  test("needs a registration that names it", async () => {
    expect((await send()).status).toBe(404);
    await register({ WebhookEvents: ["subscription-updated"] });
    expect((await send()).status).toBe(400);
    expect((await commerce.app.get(`${registration}/validationEvents/none`)).status).toBe(404);
  });
});
