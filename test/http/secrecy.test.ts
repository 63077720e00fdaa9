import { ServiceBusClient } from "@azure/service-bus";
import { appTokenOf } from "../../local/demo/access-token";
import { signInAt } from "../../local/demo/entra-browser";
import { resellerApps, robotApp, tenantApp } from "../../local/presets/demo-apps";
import { customerTenants, mspTenant, resellerTenants } from "../../local/presets/tenants";
import { eventually, rowsOf, startWorld, type World } from "./platform-fixture";
import {
  addReseller,
  authorizeReseller,
  buySeats,
  connectedTenant,
  consent,
  grantScope,
  onboard,
  resellerBody,
  startAuthorization,
  subscription,
} from "./steps";
import { startWiretap, type Wiretap } from "./wiretap";

const { nordlicht } = resellerTenants;
const { mueller } = customerTenants;

let world: World;
let tap: Wiretap;
/** What nobody may see, by what it is. */
const secrets = new Map<string, Set<string>>();

beforeAll(async () => {
  tap = startWiretap();
  world = await startWorld();
  await tellTheWholeStory();
  collectSecrets();
});
afterAll(async () => {
  tap.end();
  await world.close();
});

/** Everything this version does, with successes, refusals and failures, and each sign-in in every way it can end. */
async function tellTheWholeStory(): Promise<void> {
  const id = await addReseller(world, "nordlicht");
  await world.send("POST", "/api/v1/csp/resellers", { body: resellerBody("nordlicht") });
  await world.send("POST", "/api/v1/csp/resellers", {
    body: { ...resellerBody("northgate"), domain: "nobody.example" },
  });
  const malformed = {
    ...resellerBody("northgate"),
    applicationId: 1,
    applicationSecret: { secret: "canary-malformed" },
  };
  await world.send("POST", "/api/v1/csp/resellers", { body: malformed });
  await authorizeReseller(world, id);
  await authorizeReseller(world, id, { reauthorize: true });
  for (const account of ["nomfa", "helpdesk"]) {
    await authorizeReseller(world, id, { account: `${account}@${nordlicht.domain}` });
  }
  await refusedSignIn(id);
  await newSecrets(id);
  await connectedTenant(world, id, "mueller");
  await consent(world, "mueller", { consent: "decline" });
  await world.send("GET", `/api/v1/csp/resellers/${id}/customers`);
  await buySeats(world, mueller.tenantId, [{ subscriptionId: subscription(4), delta: 5 }], 15);
  await disturbedChanges();
  await peopleAndPapers(id);
  await secretsInWrongPlaces();
  await deletedReseller();
  await world.control("entra", "POST", `/accounts/admin@${nordlicht.domain}/revoke-sessions`);
  await world.platform.advance(2 * 3_600_000);
  await world.control("simulator", "POST", "/faults", {
    kind: "errorBefore",
    route: "reads",
    status: 401,
    code: "400",
  });
  await world.send("GET", `/api/v1/csp/tenants/${mueller.tenantId}/subscriptions`);
  await world.send("GET", `/api/v1/csp/tenants/${mueller.tenantId}/audit-logs`);
}

/** The secret is refused at Microsoft, whose answer and our log then speak of it. */
async function refusedSignIn(id: string): Promise<void> {
  const address = `/apps/${resellerApps.nordlicht.appId}/secrets`;
  const started = await startAuthorization(world, id, { reauthorize: true });
  await world.control("entra", "DELETE", address);
  await signInAt(started.address, { account: `admin@${nordlicht.domain}` }, started.cookie, world.fetch);
  await world.control("entra", "POST", address, { value: resellerApps.nordlicht.secret });
  secrets.set("cookie of a sign-in", new Set([started.cookie.slice(started.cookie.indexOf("=") + 1)]));
  secrets.set("state of a sign-in", new Set([new URL(started.address).searchParams.get("state") ?? ""]));
}

/** One that Microsoft refuses, then the right one; each is tried out, and what a check says of it is told. */
async function newSecrets(id: string): Promise<void> {
  const address = `/api/v1/csp/resellers/${id}`;
  for (const applicationSecret of ["canary-refused-secret", resellerApps.nordlicht.secret]) {
    const etag = (await world.send("GET", address)).headers.get("etag") ?? "";
    const body = { applicationSecret };
    const changed = await world.send("PATCH", address, { body, headers: { "if-match": etag } });
    if (changed.status !== 200) throw new Error(`The secret was not changed: ${changed.status} ${changed.text}`);
    await world.send("POST", `${address}/check`);
  }
}

/** Access for people and an app, a customer taken aboard, and everything that is written about it, as CSV too. */
async function peopleAndPapers(resellerId: string): Promise<void> {
  const token = await appTokenOf(world.platform.entra.url, mspTenant.tenantId, robotApp);
  await grantScope(world, `${mspTenant.tenantId}_${robotApp.appId}`, { kind: "all" }, ["subscription.quantity"]);
  await world.send("GET", "/api/v1/csp/tenants", { as: { token } });
  await onboard(world, resellerId, { cspCustomerIds: [customerTenants.schule.tenantId] });
  await world.send("POST", `/api/v1/csp/resellers/${resellerId}/check`);
  for (const path of ["/access", "/summary", "/reseller-domains", "/app-registration-info", "/audit-logs?format=csv"]) {
    await world.send("GET", `/api/v1/csp${path}`);
  }
  await world.send("GET", `/api/v1/csp/tenants/${mueller.tenantId}/audit-logs?format=csv`);
  secrets.set("token of a caller", new Set([token, await world.tokenOf("admin")]));
}

/** Callers, browsers and messages that bring secrets where none belong. */
async function secretsInWrongPlaces(): Promise<void> {
  const [key, header, query, cookie, message] = ["key", "header", "query", "cookie", "message"].map(
    (place) => `canary-in-a-${place}`,
  ) as [string, string, string, string, string];
  await world.send("POST", "/api/v1/csp/customers", { body: { name: "Larkspur" }, key });
  await world.send("GET", "/api/v1/csp/tenants", { as: { token: `${header}.${header}.${header}` } });
  await world.send("GET", `/api/v1/csp/tenants?access_token=${query}`);
  const callback = `/app/MicrosoftCspAuthenticationCallback?code=${query}&state=${query}`;
  await world.send("GET", callback, { as: "nobody", headers: { cookie: `csp_authorization=${cookie}` } });
  const bus = new ServiceBusClient(world.platform.serviceBus.connectionString);
  await bus.createSender("sync").sendMessages({ body: { note: message, tenantId: message } });
  await bus.close();
  await eventually(
    () => Promise.resolve(world.hostLines),
    (lines) => lines.some((line) => line.includes("a sync ended in the dead letters")),
  );
  secrets.set("secret in a wrong place", new Set([key, header, query, cookie]));
  secrets.set("secret in a stranger's message", new Set([message]));
}

/** A reseller that is deleted, with its secret. */
async function deletedReseller(): Promise<void> {
  const address = `/api/v1/csp/resellers/${await addReseller(world, "northgate")}`;
  const etag = (await world.send("GET", address)).headers.get("etag") ?? "";
  await world.send("DELETE", address, { headers: { "if-match": etag } });
}

/** Answers that are refused, lost, and not to be read. */
async function disturbedChanges(): Promise<void> {
  const faults = [{ kind: "errorBefore", status: 400, code: "800061" }, { kind: "dropAfter" }];
  for (const [i, fault] of faults.entries()) {
    await world.control("simulator", "POST", "/faults", { ...fault, route: "patchSubscription" });
    await buySeats(world, mueller.tenantId, [{ subscriptionId: subscription(4 + i), delta: 1 }], 2);
  }
}

/** From what the app stored in the vault and sent to Microsoft, not from what it says of itself. */
function collectSecrets(): void {
  const { keyVault, entra, simulator, graph } = world.platform;
  secrets.set("secret in the vault", new Set(keyVault.everStored().map(({ value }) => value)));
  const calls = [simulator.url, graph.url, keyVault.url].map((url) => tap.sentTo(url)).join("\n");
  secrets.set("access token", matchesOf(calls, /^authorization: bearer (\S+)/gim));
  const forms = tap.sentTo(entra.url);
  for (const field of ["code", "refresh_token", "client_secret", "code_verifier"]) {
    // A form ends with the field, or with the next request on the same connection.
    const pattern = new RegExp(`(?:^|[&\\n])${field}=(.+?)(?=&|\\s|(?:POST|GET) /|$)`, "g");
    secrets.set(field, matchesOf(forms, pattern));
  }
  secrets.set("secret in a malformed request", new Set(["canary-malformed"]));
}

function matchesOf(text: string, pattern: RegExp): Set<string> {
  return new Set([...text.matchAll(pattern)].map((match) => decodeURIComponent((match[1] ?? "").replaceAll("+", " "))));
}

/** Which kinds of secret a text holds. */
function foundIn(text: string, except: readonly string[] = []): string[] {
  return [...secrets].flatMap(([kind, values]) => {
    const isFound = [...values].some((value) => text.includes(value) || text.includes(encodeURIComponent(value)));
    return isFound && !except.includes(kind) ? [kind] : [];
  });
}

test("the story had secrets of every kind", () => {
  const kinds = [...secrets].map(([kind, values]) => [
    kind,
    values.size > 0 && [...values].every((value) => value.length > 10),
  ]);
  expect(kinds).toEqual([...secrets.keys()].map((kind) => [kind, true]));
  const vault = secrets.get("secret in the vault");
  for (const known of [resellerApps.nordlicht.secret, tenantApp.secret, "canary-refused-secret"])
    expect(vault).toContain(known);
  for (const token of secrets.get("refresh_token") ?? []) expect(vault).toContain(token);
  expect(secrets.get("code")!.size).toBeGreaterThan(2);
  expect(foundIn(tap.sentTo(world.platform.entra.url))).toContain("refresh_token");
});

test("no answer of the API holds one, but for the address and cookie of a sign-in where they belong", () => {
  const starts = world.answers.filter(({ text }) => /authorizeUrl|consentUrl/.test(text));
  expect(starts.length).toBeGreaterThan(4);
  expect(world.answers.length).toBeGreaterThan(20);
  for (const answer of world.answers) {
    const text = `${JSON.stringify([...answer.headers])}\n${answer.text}`;
    expect(foundIn(text, starts.includes(answer) ? ["cookie of a sign-in", "state of a sign-in"] : [])).toEqual([]);
  }
});

test("no table holds one", async () => {
  for (const table of ["state", "directory", "work"] as const) {
    const rows = await rowsOf(world, table);
    expect(rows.length).toBeGreaterThan(0);
    expect(foundIn(JSON.stringify(rows))).toEqual([]);
  }
});

test("none was ever sent to storage, not for a moment", () => {
  const sent = tap.sentTo(world.platform.tables.url);
  expect(sent).toContain("reseller.authorize.success");
  expect(foundIn(sent)).toEqual([]);
});

test("no message ever held one", () => {
  const sent = tap.sentTo(world.platform.serviceBus.url.replace("amqp:", "http:"));
  expect(sent).toContain(mueller.tenantId);
  expect(sent).toContain("changeId");
  expect(foundIn(sent, ["secret in a stranger's message"])).toEqual([]);
});

test("no line of the host's log holds one", () => {
  expect(world.hostLines.some((line) => line.includes('"level":"warn"'))).toBe(true);
  expect(foundIn(world.hostLines.join("\n"))).toEqual([]);
});
