import { refuse } from "./errors";
import type { Simulation } from "./route";

/** 412, or 400/2055 (switch `staleEtagAnswer`), when an If-Match was sent that is not the present etag. */
export function refuseStaleEtag(simulation: Simulation, ifMatch: string | undefined, etag: string | undefined): void {
  if (ifMatch === undefined || ifMatch === "*" || unquoted(ifMatch) === unquoted(etag ?? "")) return;
  const status = simulation.switches.staleEtagAnswer === "412" ? 412 : 400;
  refuse(status, "2055", "The ETag is no longer valid: the resource was changed meanwhile.", ["If-Match"]);
}

const unquoted = (etag: string): string => etag.replaceAll('"', "");
