import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { jwtVerify, SignJWT } from "jose";
import { create_container, type Connection } from "rhea";
import { startServiceBus, type ServiceBus } from "../../../local/service-bus/start-service-bus";
import { createAuthority } from "../../../local/tls/authority";
import { afterThisTest } from "./broker-fixture";

const KEY = new TextEncoder().encode("a key that only this test knows of");
const AUDIENCE = "https://servicebus.azure.net";
const QUEUES = [{ name: "orders" }, { name: "changes", requiresSession: true }];
/** Starting a process and loading the SDK takes seconds on a busy machine. */
const CHILD_TIMEOUT_MS = 60_000;

let bus: ServiceBus;
let caPem: string;
let caFile: string;
const audiences: string[] = [];

beforeAll(async () => {
  const authority = await createAuthority();
  const directory = await mkdtemp(path.join(tmpdir(), "service-bus-"));
  caPem = authority.caPem;
  caFile = path.join(directory, "ca.pem");
  await writeFile(caFile, caPem);
  bus = await startServiceBus({ queues: QUEUES, tls: await authority.issue(), verifyToken });
});

beforeEach(() => bus.reset());

afterAll(async () => {
  await bus.close();
  await rm(path.dirname(caFile), { recursive: true });
});

async function verifyToken(token: string, audience: string): Promise<boolean> {
  audiences.push(audience);
  // An expired token is let through here, to see that the broker itself looks at the expiry.
  await jwtVerify(token, KEY, { audience: [audience, `${audience}/`], currentDate: new Date(0) });
  return true;
}

function tokenFor(audience: string, expiresAt: number | string = "1h"): Promise<string> {
  return new SignJWT({})
    .setProtectedHeader({ alg: "HS256" })
    .setAudience(audience)
    .setExpirationTime(expiresAt)
    .sign(KEY);
}

interface ClientResult {
  peeked?: string[];
  dead?: string[];
  session?: string[];
  scopes: string[];
  error?: { code: string; message: string };
}

async function runClient(options: Record<string, unknown>, env: Record<string, string> = {}): Promise<ClientResult> {
  const request = JSON.stringify({ queue: "orders", sessionQueue: "changes", ...options });
  const { stdout } = await promisify(execFile)(process.execPath, [path.join(__dirname, "token-client.cjs"), request], {
    env: { PATH: process.env["PATH"], NODE_EXTRA_CA_CERTS: caFile, ...env },
  });
  return JSON.parse(stdout) as ClientResult;
}

describe("the real client with a token credential over TLS", () => {
  const everything = {
    peeked: ["one", "two"],
    dead: ["two"],
    session: ["A", "seen"],
    scopes: ["https://servicebus.azure.net//.default"],
  };

  test(
    "reaches a free port through customEndpointAddress, under the name of its namespace",
    async () => {
      const result = await runClient({
        host: "our-namespace.servicebus.windows.net",
        customEndpointAddress: bus.url,
        token: await tokenFor(`${AUDIENCE}/`),
      });
      expect(result).toEqual(everything);
      expect(new Set(audiences)).toEqual(new Set([AUDIENCE]));
    },
    CHILD_TIMEOUT_MS,
  );

  test(
    "reaches a free port that stands in the host name",
    async () => {
      const result = await runClient({ host: `localhost:${bus.port}`, token: await tokenFor(AUDIENCE) });
      expect(result).toEqual(everything);
    },
    CHILD_TIMEOUT_MS,
  );

  test.each([
    ["for something else", () => tokenFor("https://vault.azure.net")],
    ["that is none", () => Promise.resolve("no token")],
    ["that has expired", () => tokenFor(AUDIENCE, 1_000_000)],
  ])(
    "is refused with a token %s",
    async (_name, token) => {
      const result = await runClient({ host: `localhost:${bus.port}`, token: await token() });
      expect(result.error).toMatchObject({ code: "UnauthorizedAccess" });
      expect(bus.counts("orders").active).toBe(0);
    },
    CHILD_TIMEOUT_MS,
  );

  test(
    "is refused with a shared access key",
    async () => {
      const result = await runClient({ connectionString: bus.connectionString });
      expect(result.error).toMatchObject({ code: "UnauthorizedAccess" });
    },
    CHILD_TIMEOUT_MS,
  );

  test(
    "does not connect when it does not trust the authority",
    async () => {
      const env = { NODE_EXTRA_CA_CERTS: "" };
      const result = await runClient({ host: `localhost:${bus.port}`, token: await tokenFor(AUDIENCE) }, env);
      expect(result.error?.message).toMatch(/certificate/i);
    },
    CHILD_TIMEOUT_MS,
  );
});

test("TLS without a way to check tokens is not started", async () => {
  const tls = await (await createAuthority()).issue();
  await expect(startServiceBus({ queues: QUEUES, tls })).rejects.toThrow("needs verifyToken");
});

describe("a link", () => {
  test.each(["orders", "orders/$management", "orders/$DeadLetterQueue"])(
    "to %s is refused without a token",
    async (address) => {
      const connection = await connect();
      expect(await openError(connection, address)).toBe("amqp:unauthorized-access");
    },
  );

  test("is open to who has put a token for its entity, or for one above it, and no other is", async () => {
    const connection = await connect();
    expect(await putToken(connection, "sb://localhost/orders", await tokenFor(AUDIENCE))).toBe(202);
    expect(await openError(connection, "orders")).toBeUndefined();
    expect(await openError(connection, "Orders/$management")).toBeUndefined();
    expect(await openError(connection, "changes")).toBe("amqp:unauthorized-access");
    expect(await openError(connection, "orders2")).toBe("amqp:unauthorized-access");
    expect(await openError(await connect(), "orders")).toBe("amqp:unauthorized-access");
  });

  test("is not opened by a token that was refused, nor by another kind of token", async () => {
    const connection = await connect();
    expect(await putToken(connection, "sb://localhost/orders", "no token")).toBe(401);
    const token = await tokenFor(AUDIENCE);
    expect(await putToken(connection, "sb://localhost/orders", token, "servicebus.windows.net:sastoken")).toBe(401);
    expect(await openError(connection, "orders")).toBe("amqp:unauthorized-access");
  });
});

async function connect(): Promise<Connection> {
  const container = create_container();
  for (const event of ["disconnected", "error", "sender_error"]) container.on(event, () => undefined);
  const connection = container.connect({
    transport: "tls",
    host: "localhost",
    port: bus.port,
    ca: caPem,
    username: "any",
    reconnect: false,
  });
  await once(connection, "connection_open");
  afterThisTest(async () => {
    const gone = Promise.race([once(connection, "connection_close"), once(connection, "disconnected")]);
    connection.close();
    await gone;
  });
  return connection;
}

/** The error condition with which the broker closes a sender to this address; undefined when it stays open. */
async function openError(connection: Connection, address: string): Promise<string | undefined> {
  const sender = connection.open_sender({ target: { address } });
  const closed = once(sender, "sender_close").then(
    () => (sender.error as { condition?: string } | undefined)?.condition,
  );
  return Promise.race([closed, once(sender, "sendable").then(() => undefined)]);
}

async function putToken(connection: Connection, name: string, token: string, type = "jwt"): Promise<number> {
  const sender = connection.open_sender({ target: { address: "$cbs" } });
  const receiver = connection.open_receiver({ name: "cbs-reply", source: { address: "$cbs" } });
  await Promise.all([once(sender, "sendable"), once(receiver, "receiver_open")]);
  const answered = once(receiver, "message");
  sender.send({
    message_id: "1",
    reply_to: "cbs-reply",
    application_properties: { operation: "put-token", name, type },
    body: token,
  });
  const [{ message }] = (await answered) as [{ message: { application_properties: { "status-code": number } } }];
  receiver.close();
  await once(receiver, "receiver_close");
  return message.application_properties["status-code"];
}
