import { getSummaryRoute } from "../../shared/api/summary";
import { summarize } from "../../shared/domain/resellers/summary";
import { endpoint, type Endpoint } from "../../shared/http/endpoint";

export function summaryEndpoints(deps: Parameters<typeof summarize>[0]): Endpoint[] {
  return [endpoint(getSummaryRoute, async ({ actor }) => ({ status: 200, body: await summarize(deps, actor) }))];
}
