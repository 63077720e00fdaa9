import { z } from "zod";
import { defineRoute } from "../../../shared/api/route";
import { ResellerId, TenantId } from "../../../shared/domain/access/ids";
import { endpoint, type EndpointRequest } from "../../../shared/http/endpoint";

export const ID = "0123456789abcdefghjkmnpqrs";
export const PATH = `/api/v1/csp/resellers/${ID}`;

const View = z.object({ id: ResellerId, displayName: z.string() });

export const update = defineRoute({
  name: "updateThing",
  operations: ["C6"],
  method: "PATCH",
  path: "/api/v1/csp/resellers/{resellerId}",
  summary: "Change a thing",
  tag: "Things",
  permission: "reseller.manage",
  params: z.object({ resellerId: ResellerId }),
  body: z.strictObject({
    displayName: z.string().min(1),
    lots: z.array(z.strictObject({ quantity: z.int().min(1) })).optional(),
  }),
  concurrency: "ifMatch",
  responses: { 200: { description: "The thing as it is now.", schema: View }, 202: { description: "Begun." } },
  errors: { duplicate: { status: 409, description: "The name is taken." } },
});

export const list = defineRoute({
  name: "listThings",
  operations: [],
  method: "GET",
  path: "/api/v1/csp/tenants/{tenantId}/things",
  summary: "List things",
  tag: "Things",
  permission: "signedIn",
  params: z.object({ tenantId: TenantId }),
  query: z.strictObject({
    search: z.string().optional(),
    $top: z.coerce.number().int().min(1).max(200).default(50),
    state: z.array(z.enum(["open", "done"])).optional(),
  }),
  responses: { 200: { description: "The query as it was understood.", schema: z.looseObject({}) } },
});

export const callback = defineRoute({
  name: "callback",
  operations: [],
  method: "GET",
  path: "/app/Callback",
  summary: "A redirect target",
  tag: "Callbacks",
  permission: "anonymous",
  query: z.strictObject({ code: z.string().optional() }),
  responses: {
    302: { description: "Back to where it began." },
    400: { description: "A page that says what went wrong.", contentType: "text/html; charset=utf-8" },
  },
});

/** An endpoint for `update` that lets a test look in, then answers with a new version. */
export function updating(act: (request: EndpointRequest<typeof update>) => unknown = () => undefined) {
  return endpoint(update, async (request) => {
    await act(request);
    return {
      status: 200,
      body: { id: request.params.resellerId, displayName: request.body.displayName },
      etag: 'W/"v 2"',
    };
  });
}

/** A request for `update` that nothing is wrong with. */
export const good = { path: PATH, headers: { "if-match": '"v1"' }, body: { displayName: "Contoso" } };
