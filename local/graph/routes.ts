import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { tenantOfCaller, type Permissions } from "./caller";
import {
  defaultUserProperties,
  domainEntities,
  groupEntity,
  organizationEntity,
  skuEntity,
  userEntity,
  type Entity,
} from "./entities";
import { GraphError, sendGraphError } from "./graph-error";
import { listQueryOf, page, pick } from "./query";
import type { GraphTenantSeed } from "./seed";
import type { GraphState } from "./state";

const readDirectory = ["Directory.Read.All", "Directory.ReadWrite.All"];
const readOrganization = ["Organization.Read.All", "Organization.ReadWrite.All", ...readDirectory];
const readUsers = ["User.Read.All", "User.ReadWrite.All", ...readDirectory];

const permissions = {
  organization: { application: readOrganization, delegated: ["User.Read", ...readOrganization] },
  domains: {
    application: ["Domain.Read.All", "Domain.ReadWrite.All", ...readDirectory],
    delegated: ["Domain.Read.All", "Domain.ReadWrite.All", ...readDirectory],
  },
  users: { application: readUsers, delegated: ["User.ReadBasic.All", ...readUsers] },
  groups: {
    application: ["Group.Read.All", "GroupMember.Read.All", "Group.ReadWrite.All", ...readDirectory],
    delegated: ["Group.Read.All", "GroupMember.Read.All", "Group.ReadWrite.All", ...readDirectory],
  },
} satisfies Record<string, Permissions>;

type Answer = (tenant: GraphTenantSeed, request: FastifyRequest) => Entity;

/** The routes of Graph v1.0 that the licence data comes from (partner-center-api.md §10, §3.0). All of them read. */
export function addRoutes(app: FastifyInstance, state: GraphState): void {
  const routes: Route[] = [
    ["organization", permissions.organization, (tenant, request) => selected(request, [organizationEntity(tenant)])],
    ["domains", permissions.domains, (tenant, request) => selected(request, domainEntities(tenant))],
    ["users", permissions.users, (tenant, request) => users(state, tenant, request)],
    ["users/:user", permissions.users, user],
    ["groups", permissions.groups, (tenant, request) => paged(state, request, tenant.groups.map(groupEntity))],
  ];
  for (const [path, needed, answer] of routes) addRoute(app, state, path, () => needed, answer);
  addRoute(app, state, "subscribedSkus", () => skuPermissions(state), subscribedSkus);
  app.setNotFoundHandler((request, reply) => {
    const segment = request.url.split(/[/?]/)[2] ?? "";
    const error = new GraphError(400, "BadRequest", `Resource not found for the segment '${segment}'.`);
    return sendGraphError(request, reply, error, state.clock.now());
  });
}

type Route = [path: string, needed: Permissions, answer: Answer];

/** Proves the caller, then answers; every refusal takes Graph's own shape. */
function addRoute(
  app: FastifyInstance,
  state: GraphState,
  path: string,
  needed: () => Permissions,
  answer: Answer,
): void {
  app.get(`/v1.0/${path}`, async (request: FastifyRequest, reply: FastifyReply) => {
    try {
      const body = answer(await tenantOfCaller(state, request, needed()), request);
      return await reply.send({ "@odata.context": `${state.url()}/v1.0/$metadata#${path.split("/")[0]}`, ...body });
    } catch (error) {
      if (error instanceof GraphError) return sendGraphError(request, reply, error, state.clock.now());
      throw error;
    }
  });
}

function subscribedSkus(tenant: GraphTenantSeed, request: FastifyRequest): Entity {
  const entities = tenant.subscribedSkus.map((sku) => skuEntity(tenant, sku));
  return selected(request, entities);
}

function skuPermissions({ switches }: GraphState): Permissions {
  const all = [...(switches.licenseAssignmentRead ? ["LicenseAssignment.Read.All"] : []), ...readOrganization];
  return { application: all, delegated: all };
}

/** Lists that come whole and take `$select` alone. */
function selected(request: FastifyRequest, entities: Entity[]): Entity {
  const { select } = listQueryOf(request, ["$select"]);
  return { value: entities.map((entity) => pick(entity, select)) };
}

function paged(state: GraphState, request: FastifyRequest, entities: Entity[], usual?: string[]): Entity {
  const query = listQueryOf(request, ["$top", "$select", "$skiptoken"]);
  const shown = entities.map((entity) => pick(entity, query.select ?? usual));
  return page(shown, query, state.switches.defaultPageSize, state.url() + request.url);
}

function users(state: GraphState, tenant: GraphTenantSeed, request: FastifyRequest): Entity {
  return paged(state, request, tenant.users.map(userEntity), defaultUserProperties);
}

/** By object id or sign-in name. */
function user(tenant: GraphTenantSeed, request: FastifyRequest): Entity {
  const { select } = listQueryOf(request, ["$select"]);
  const name = userParameter(request).toLowerCase();
  const found = tenant.users.find(
    ({ id, userPrincipalName }) => id.toLowerCase() === name || userPrincipalName.toLowerCase() === name,
  );
  if (!found) {
    throw new GraphError(
      404,
      "Request_ResourceNotFound",
      `Resource '${userParameter(request)}' does not exist or one of its queried reference-property objects are not present.`,
    );
  }
  return pick(userEntity(found), select ?? defaultUserProperties);
}

function userParameter({ params }: FastifyRequest): string {
  const value: unknown = typeof params === "object" && params !== null && "user" in params ? params.user : "";
  return typeof value === "string" ? value : "";
}
