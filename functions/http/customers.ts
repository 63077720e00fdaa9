import { z } from "zod";
import {
  changeCustomerRoute,
  createCustomerRoute,
  getCustomerRoute,
  listCustomersRoute,
} from "../../shared/api/customers";
import { requireWholeScope } from "../../shared/domain/access/whole-scope";
import {
  changeCustomer,
  createCustomer,
  findCustomer,
  listCustomers,
} from "../../shared/domain/customers/keep-customers";
import type { DecideDeps } from "../../shared/domain/decisions/decide";
import { publicEtag } from "../../shared/domain/decisions/public-etag";
import type { Cursors } from "../../shared/http/cursor";
import { endpoint, type Endpoint } from "../../shared/http/endpoint";
import { toWriteRequest } from "./write-request";

export interface CustomerEndpointDeps extends DecideDeps {
  cursors: () => Promise<Cursors>;
}

export function customerEndpoints(deps: CustomerEndpointDeps): Endpoint[] {
  return [
    endpoint(listCustomersRoute, async ({ query, actor, url }) => {
      const cursors = await deps.cursors();
      const after = cursors.open(query.cursor, z.string(), { actor, url });
      const page = await listCustomers(deps.store, actor, { search: query.search, after, limit: query.$top });
      return {
        status: 200,
        body: cursors.page(
          page.value.map(({ value }) => value),
          page.next,
          { actor, url },
          page.notShown,
        ),
      };
    }),
    endpoint(createCustomerRoute, async ({ body, ...request }) => {
      requireWholeScope(request.actor);
      const { value, etag } = await createCustomer(deps, toWriteRequest(request), body);
      return { status: 201, body: value, etag: publicEtag(etag), location: `/api/v1/csp/customers/${value.id}` };
    }),
    endpoint(getCustomerRoute, async ({ params, actor }) => {
      const { value, etag } = await findCustomer(deps.store, actor, params.customerId);
      return { status: 200, body: value, etag: publicEtag(etag) };
    }),
    endpoint(changeCustomerRoute, async ({ params, body, ifMatch, ...request }) => {
      const { value, etag } = await changeCustomer(deps, toWriteRequest(request), params.customerId, body, ifMatch);
      return { status: 200, body: value, etag: publicEtag(etag) };
    }),
  ];
}
