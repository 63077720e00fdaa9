import { deflateSync } from "node:zlib";
import { findMarket } from "../catalog/markets";
import { refuse } from "../errors";
import type { AddRoute, Answer, Call } from "../route";
import { offerMatrix } from "./offer-matrix";
import { isPriceSheetView, priceSheet } from "./price-sheet";

/**
 * Price sheets and offer matrix. At Microsoft they live on another host, `https://api.partner.microsoft.com`, with a token
 * audience of its own; here on the same server, with that audience checked. User tokens only.
 */
export function registerPriceSheets(add: AddRoute): void {
  const rule = { method: "GET", token: "user", audience: "sales" } as const;
  // The names carry their arguments in brackets: `pricesheets(Market='DE',PricesheetView='updatedlicensebased')`.
  add({ ...rule, path: "/v1.0/sales/:resource/$value", name: "getSalesFile" }, getSalesFile);
}

function getSalesFile(call: Call): Answer {
  const text = call.params["resource"] ?? "";
  const match = /^(\w+)\((.*)\)$/.exec(text);
  const name = match?.[1]?.toLowerCase();
  const given = readArguments(match?.[2] ?? "");
  if (name === "pricesheets") return compressed(call, sheetOf(call, given));
  if (name === "offermatrix") {
    readMonth(given.get("month") ?? "");
    return compressed(call, offerMatrix(call.simulation.world));
  }
  return refuse(404, 1000, `No resource is at '${text}'.`);
}

/** `Market='DE',PricesheetView='software'`, names in any case. */
function readArguments(text: string): Map<string, string> {
  return new Map(
    [...text.matchAll(/(\w+)\s*=\s*'([^']*)'/g)].map(([, name = "", value = ""]) => [name.toLowerCase(), value]),
  );
}

function sheetOf(call: Call, given: Map<string, string>): string {
  const market = findMarket(given.get("market") ?? "");
  if (!market) return refuse(400, 3000, `The market '${given.get("market") ?? ""}' is not valid.`, ["Market"]);
  const view = given.get("pricesheetview") ?? "";
  if (!isPriceSheetView(view)) refuse(400, 3000, `The price sheet view '${view}' is not valid.`, ["PricesheetView"]);
  return priceSheet(call.simulation.world, market, view, monthOf(call), call.simulation.switches);
}

/** The present month, the coming one, or a past one by `month=YYYYMM`. Sample prices are the same in all of them. */
function monthOf(call: Call): Date {
  const timeline = call.query.get("timeline")?.toLowerCase() ?? "current";
  const month = call.query.get("month");
  switch (timeline) {
    case "current":
      return call.now;
    case "future":
      return new Date(Date.UTC(call.now.getUTCFullYear(), call.now.getUTCMonth() + 1, 1));
    case "history":
      return readMonth(month ?? "");
    default:
      return refuse(400, 3000, `The timeline '${timeline}' is not valid.`, ["timeline"]);
  }
}

function readMonth(text: string): Date {
  const match = /^(\d{4})(0[1-9]|1[0-2])$/.exec(text);
  if (!match) return refuse(400, 3000, `The month '${text}' is not valid; it is written YYYYMM.`, ["month"]);
  return new Date(Date.UTC(Number(match[1]), Number(match[2]) - 1, 1));
}

/** A client that asks for `Accept-Encoding: deflate` gets it; fetch and most others unpack it unasked. */
function compressed(call: Call, text: string): Answer {
  const headers = { "content-type": "text/csv; charset=utf-8" };
  const accepted = (call.headers["accept-encoding"] ?? "").split(",").map((part) => part.trim().toLowerCase());
  if (accepted[0] !== "deflate") return { status: 200, headers, body: Buffer.from(text) };
  return { status: 200, headers: { ...headers, "content-encoding": "deflate" }, body: deflateSync(Buffer.from(text)) };
}
