/**
 * A Microsoft Graph and Resource Manager behind `az`, as small as the registration of our applications needs: state in the
 * file FAKE_AZ_STATE, every call noted. It refuses what Graph refuses. FAKE_AZ_FAIL="3:before" lets the third write fail without
 * effect, "3:after" with it, as when an answer is lost.
 */
const { randomUUID } = require("node:crypto");
const fs = require("node:fs");

const args = process.argv.slice(2);
const file = process.env.FAKE_AZ_STATE;
const state = JSON.parse(fs.readFileSync(file, "utf8"));
const option = (name) => args[args.indexOf(name) + 1];
const input = (name) => (args.includes(name) ? JSON.parse(fs.readFileSync(option(name).slice(1), "utf8")) : undefined);

class Refusal extends Error {}
const refuse = (status, code, message) => {
  throw new Refusal(`${status}({"error":{"code":"${code}","message":"${message}"}})`);
};
const notFound = (what) => refuse("Not Found", "Request_ResourceNotFound", `Resource '${what}' does not exist`);

const application = (found, what) => found ?? notFound(what);
const byUniqueName = (name) => state.applications.find((app) => app.uniqueName === name);
const byId = (id) =>
  application(
    state.applications.find((app) => app.id === id),
    id,
  );

/** Objects are merged, everything else is replaced. */
function patch(target, changes) {
  for (const [name, value] of Object.entries(changes)) {
    if (name === "passwordCredentials") refuse("Bad Request", "Request_BadRequest", "use addPassword");
    if (name === "appRoles") requireNoLostRole(target.appRoles, value);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    if (isObject) patch((target[name] ??= {}), value);
    else target[name] = value;
  }
}

function requireNoLostRole(before = [], after) {
  const lost = before.find((role) => role.isEnabled && !after.some(({ id }) => id === role.id));
  if (lost) refuse("Bad Request", "CannotDeleteOrUpdateEnabledEntitlement", "disable it first");
}

function requireKnownScopes(app, { api = {} }) {
  const known = (app.api?.oauth2PermissionScopes ?? []).map(({ id }) => id);
  const asked = (api.preAuthorizedApplications ?? []).flatMap((one) => one.delegatedPermissionIds);
  if (asked.some((id) => !known.includes(id))) refuse("Bad Request", "InvalidValue", "delegatedPermissionIds");
}

/** What Graph answers for a registration nobody has described yet. */
const EMPTY = {
  ...{ identifierUris: [], appRoles: [], requiredResourceAccess: [], passwordCredentials: [] },
  api: { requestedAccessTokenVersion: null, oauth2PermissionScopes: [], preAuthorizedApplications: [] },
  web: { redirectUris: [] },
  spa: { redirectUris: [] },
};

function upsert(name, body) {
  const app = byUniqueName(name);
  if (app) return patch(app, body);
  if (!args.includes("Prefer=create-if-missing")) notFound(name);
  if (!body.displayName) refuse("Bad Request", "Request_BadRequest", "displayName");
  const made = { id: randomUUID(), appId: randomUUID(), uniqueName: name, ...structuredClone(EMPTY), isNew: true };
  patch(made, body);
  state.applications.push(made);
}

function makePrincipal({ appId }) {
  const app = application(
    state.applications.find((one) => one.appId === appId),
    appId,
  );
  // A new application is not at once everywhere.
  if (app.isNew) {
    delete app.isNew;
    refuse("Bad Request", "NoBackingApplicationObject", "does not reference a valid application object");
  }
  if (state.servicePrincipals.some((one) => one.appId === appId)) refuse("Conflict", "ObjectConflict", appId);
  state.servicePrincipals.push({ id: randomUUID(), appId });
}

function addPassword(id, { passwordCredential }) {
  const keyId = randomUUID();
  byId(id).passwordCredentials.push({ keyId, ...passwordCredential });
  const secretText = `secret-of-${keyId}`;
  state.secretsGiven.push(secretText);
  return { keyId, ...passwordCredential, secretText };
}

function removePassword(id, { keyId }) {
  const app = byId(id);
  app.passwordCredentials = app.passwordCredentials.filter((one) => one.keyId !== keyId);
}

const GRAPH = [
  [/^get applications\(uniqueName='(.+)'\)$/, (name) => application(byUniqueName(name), name)],
  [/^patch applications\(uniqueName='(.+)'\)$/, upsert],
  [/^get applications\/([^/?]+)\?\$select=passwordCredentials$/, byId],
  [/^patch applications\/([^/]+)$/, (id, body) => (requireKnownScopes(byId(id), body), patch(byId(id), body))],
  [/^post applications\/([^/]+)\/addPassword$/, addPassword],
  [/^post applications\/([^/]+)\/removePassword$/, removePassword],
  [/^get servicePrincipals\(appId='(.+?)'\)/, (appId) => principal(appId)],
  [/^post servicePrincipals()$/, (_, body) => makePrincipal(body)],
];
const GRAPH_ROLES = [{ id: "498476ce-e0fe-48b0-b801-37ba7e2685c6", value: "Organization.Read.All" }];

function principal(appId) {
  if (appId.startsWith("00000003-")) return { id: "graph", appRoles: GRAPH_ROLES };
  return state.servicePrincipals.find((one) => one.appId === appId) ?? notFound(appId);
}

function callGraph(method, resource, body) {
  for (const [pattern, answer] of GRAPH) {
    const match = pattern.exec(`${method} ${resource}`);
    if (match) return answer(match[1], body);
  }
  return refuse("Bad Request", "UnknownCall", `${method} ${resource}`);
}

function callManager(url) {
  const { pathname } = new URL(url);
  const [, vault, secret] =
    /\/resourceGroups\/rg\/providers\/Microsoft\.KeyVault\/vaults\/(\w+)(?:\/secrets\/(.+))?$/.exec(pathname) ?? [
      undefined,
      "",
    ];
  if (vault !== "vault") refuse("Not Found", "ResourceNotFound", vault);
  if (secret === undefined) return { name: vault };
  const { value, ...shown } = state.vault[secret] ?? refuse("Not Found", "SecretNotFound", secret);
  return { ...shown, hasValue: value !== "" };
}

function deploySecret() {
  const given = Object.entries(input("--parameters").parameters).map(([name, { value }]) => [name, value]);
  const { secretName, value, expiresAt, keyId, previousKeyId } = Object.fromEntries(given);
  fs.accessSync(option("--template-file"));
  const attributes = { enabled: true, exp: expiresAt };
  state.vault[secretName] = { value, tags: { keyId, previousKeyId }, properties: { attributes } };
}

function answer() {
  const command = args.slice(0, 3).join(" ");
  if (command.startsWith("account show")) return state.account;
  if (command.startsWith("ad signed-in-user show")) return { id: "29e83690-ef90-4e68-858b-dda67cdb1623" };
  if (command === "deployment group create") return write(deploySecret);
  if (args[0] !== "rest") return refuse("Error", "UnknownCommand", command);
  const [method, url] = [option("--method"), option("--url")];
  if (url.startsWith("https://management.azure.com/")) return callManager(url);
  const call = () => callGraph(method, url.replace("https://graph.microsoft.com/v1.0/", ""), input("--body"));
  return method === "get" ? call() : write(call);
}

function write(call) {
  const [at, when] = (process.env.FAKE_AZ_FAIL ?? "0:before").split(":");
  const fails = Number(at) === state.writes + 1;
  if (!fails || when === "after") {
    const result = call();
    state.writes++;
    if (!fails) return result;
  } else state.writes++;
  return refuse("Service Unavailable", "Unlucky", when);
}

state.calls.push(args);
try {
  const result = answer();
  if (result !== undefined) process.stdout.write(JSON.stringify(result));
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  process.stderr.write(`ERROR: ${error.message}\n`);
  process.exitCode = 1;
} finally {
  fs.writeFileSync(file, JSON.stringify(state));
}
