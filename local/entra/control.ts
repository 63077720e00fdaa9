import type { FastifyInstance } from "fastify";
import { z, ZodError } from "zod";
import { AccountChange, Consent, NewSecret, PolicyChange, SecretChange, SwitchChange } from "./control-bodies";
import { same, type Account, type Directory, type Registration } from "./directories";
import { FaultRule } from "./faults";
import { grantForEveryone } from "./permissions";
import type { EntraState } from "./state";

const twoYearsMs = 2 * 365 * 86_400_000;

/** A control call that names something unknown. */
class NotFound extends Error {}

/** `/_control/`: switches, faults and what happened, for tests and demos in any process. `README.md` has the table. */
export function addControl(app: FastifyInstance, state: EntraState, reset: () => void): void {
  void app.register(
    (control, _options, done) => {
      control.setErrorHandler((error, _request, reply) => {
        if (error instanceof ZodError) return reply.code(400).send({ error: z.prettifyError(error) });
        if (error instanceof NotFound) return reply.code(404).send({ error: error.message });
        throw error;
      });
      addReads(control, state);
      addAccountSwitches(control, state);
      addDirectorySwitches(control, state);
      addSecretSwitches(control, state);
      addPlatformSwitches(control, state, reset);
      done();
    },
    { prefix: "/_control" },
  );
}

function addReads(control: FastifyInstance, state: EntraState): void {
  control.get("/directories", () => ({ directories: state.directories.list().map(describe) }));
  control.get("/grants", () => ({ grants: state.grants.journal() }));
}

function addAccountSwitches(control: FastifyInstance, state: EntraState): void {
  control.patch<{ Params: { account: string } }>("/accounts/:account", (request) => {
    const account = accountNamed(state, request.params.account);
    const { refuse, ...change } = AccountChange.parse(request.body);
    Object.assign(account, present(change));
    if (refuse !== undefined) account.refuse = refuse ?? undefined;
    return describeAccount(account);
  });
  control.post<{ Params: { account: string } }>("/accounts/:account/revoke-sessions", (request) => {
    const account = accountNamed(state, request.params.account);
    account.epoch += 1;
    return describeAccount(account);
  });
}

function addDirectorySwitches(control: FastifyInstance, state: EntraState): void {
  control.patch<{ Params: { tenant: string } }>("/directories/:tenant", (request) => {
    const directory = directoryNamed(state, request.params.tenant);
    const { partnerTenants, ...policies } = PolicyChange.parse(request.body);
    Object.assign(directory.policies, present(policies));
    if (partnerTenants !== undefined) directory.partnerTenants = partnerTenants ?? undefined;
    return describe(directory);
  });
  const consent = "/directories/:tenant/consents/:appId";
  control.put<{ Params: { tenant: string; appId: string } }>(consent, (request) => {
    const directory = directoryNamed(state, request.params.tenant);
    const { app } = registrationNamed(state, request.params.appId);
    grantForEveryone(directory, app.appId, Consent.parse(request.body).permissions, state.directories);
    return describe(directory);
  });
  control.delete<{ Params: { tenant: string; appId: string } }>(consent, (request) => {
    const directory = directoryNamed(state, request.params.tenant);
    directory.servicePrincipals.delete(request.params.appId.toLowerCase());
    return describe(directory);
  });
}

function addSecretSwitches(control: FastifyInstance, state: EntraState): void {
  const secrets = "/apps/:appId/secrets";
  control.post<{ Params: { appId: string } }>(secrets, (request) => {
    const { app } = registrationNamed(state, request.params.appId);
    const { value, expiresAt } = NewSecret.parse(request.body);
    app.secrets.push({ value, expiresAt: expiresAt ?? new Date(state.clock.nowMs() + twoYearsMs).toISOString() });
    return { secrets: app.secrets.length };
  });
  control.patch<{ Params: { appId: string } }>(secrets, (request) => {
    const { app } = registrationNamed(state, request.params.appId);
    const { value, become } = SecretChange.parse(request.body);
    for (const secret of app.secrets.filter((candidate) => value === undefined || candidate.value === value)) {
      if (become === "expired") secret.expiresAt = state.clock.now().toISOString();
      else secret.value = `${secret.value} (replaced)`;
    }
    return { secrets: app.secrets.length };
  });
  control.delete<{ Params: { appId: string } }>(secrets, (request) => {
    const { app } = registrationNamed(state, request.params.appId);
    app.secrets = [];
    return { secrets: 0 };
  });
  control.delete<{ Params: { appId: string } }>("/apps/:appId", (request) => {
    const { app, home } = registrationNamed(state, request.params.appId);
    home.apps = home.apps.filter((candidate) => candidate !== app);
    return describe(home);
  });
}

function addPlatformSwitches(control: FastifyInstance, state: EntraState, reset: () => void): void {
  control.get("/switches", () => state.switches);
  control.put("/switches", (request) => {
    state.switches = { ...state.switches, ...present(SwitchChange.parse(request.body)) };
    return state.switches;
  });
  control.post("/keys/rotate", async () => ({ kid: await state.keys.rotate() }));
  control.get("/faults", () => ({ faults: state.faults.list() }));
  control.post("/faults", (request) => {
    state.faults.add(FaultRule.parse(request.body ?? {}));
    return { faults: state.faults.list() };
  });
  control.delete("/faults", () => {
    state.faults.clear();
    return { faults: [] };
  });
  control.post("/reset", () => {
    reset();
    return { reset: true };
  });
}

function accountNamed(state: EntraState, name: string): Account {
  const place = state.directories.account(name);
  if (!place) throw new NotFound(`No account "${name}": give a sign-in name or an object id.`);
  return place.account;
}

function directoryNamed(state: EntraState, tenant: string): Directory {
  const directory = state.directories.find(tenant);
  if (!directory) throw new NotFound(`No directory "${tenant}": give a tenant id or a verified domain.`);
  return directory;
}

function registrationNamed(state: EntraState, appId: string): Registration {
  const registration = state.directories.registrations().find(({ app }) => same(app.appId, appId));
  if (!registration) throw new NotFound(`No app "${appId}".`);
  return registration;
}

/** A directory as the control API shows it; secrets and passwords stay out. */
function describe(directory: Directory): Record<string, unknown> {
  return {
    tenantId: directory.tenantId,
    displayName: directory.displayName,
    domains: directory.domains,
    policies: directory.policies,
    partnerTenants: directory.partnerTenants ?? null,
    accounts: directory.accounts.map(describeAccount),
    apps: directory.apps.map(({ secrets, ...app }) => ({
      ...app,
      secrets: secrets.map(({ expiresAt }) => ({ expiresAt })),
    })),
    consents: [...directory.servicePrincipals.values()].map(({ appId, forEveryone, byAccount }) => ({
      appId,
      permissions: [...forEveryone],
      byAccount: Object.fromEntries([...byAccount].map(([oid, names]) => [oid, [...names]])),
    })),
  };
}

function describeAccount({ password: _password, epoch: _epoch, ...account }: Account): Record<string, unknown> {
  return account;
}

/** Without the fields that are undefined, which would overwrite. */
function present<T extends object>(change: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>; // only undefined values were taken out
  };
}
