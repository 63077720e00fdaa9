import { sku } from "../../../local/partner-center-simulator/catalog/catalog";
import { startCommerce, type Commerce } from "./commerce-fixture";

let commerce: Commerce;
beforeEach(async () => {
  commerce = await startCommerce();
});
afterEach(() => commerce.close());

const sheet = (market: string, view: string, query = ""): string =>
  `/v1.0/sales/pricesheets(Market='${market}',PricesheetView='${view}')/$value${query}`;

type Row = Record<string, string>;

/** Reads CSV after RFC 4180. */
function rowsOf(text: string): Row[] {
  const [header = [], ...rows] = text
    .trimEnd()
    .split("\r\n")
    .map((line) =>
      [...line.matchAll(/("([^"]|"")*"|[^,]*)(,|$)/g)].map(([, field = ""]) => field.replace(/^"|"$/g, "")),
    );
  return rows.map((row) => Object.fromEntries(header.map((name, index) => [name, row[index] ?? ""])));
}

async function rows(market: string, view: string, productAndSku?: string): Promise<Row[]> {
  const reply = await commerce.salesUser.get(sheet(market, view));
  expect(reply.status).toBe(200);
  expect(reply.headers.get("content-type")).toContain("text/csv");
  const all = rowsOf(reply.text);
  return productAndSku === undefined
    ? all
    : all.filter((row) => `${row["ProductId"]}:${row["SkuId"]}` === productAndSku);
}

const prices = (found: Row[]) =>
  found.map((row) => [row["TermDuration"], row["BillingPlan"], row["UnitPrice"], row["ERP Price"]]);

test("the price sheet has an audience of its own and is for users only", async () => {
  const path = sheet("DE", "updatedlicensebased");
  expect((await commerce.user.get(path)).status).toBe(401);
  const app = await commerce.salesApp.get(path);
  expect([app.status, app.body.code]).toEqual([403, "900329"]);
  expect((await commerce.salesUser.get("/v1/customers")).status).toBe(401);
});

test("seats have a row per term and billing plan; monthly terms and monthly billing cost more", async () => {
  expect(prices(await rows("DE", "updatedlicensebased", sku.businessPremium))).toEqual([
    ["P1M", "Monthly", "19.78", "24.72"],
    ["P1Y", "Monthly", "17.30", "21.63"],
    ["P1Y", "Annual", "197.76", "247.20"],
  ]);
  const [row] = await rows("GB", "updatedlicensebased", sku.businessPremium);
  expect(row).toMatchObject({ Market: "GB", Currency: "GBP", Segment: "Commercial", Tags: "Sample" });
  expect(row?.["EffectiveStartDate"]).toBe("2026-11-01T00:00:00.000Z");
  const [nonprofit] = await rows("DE", "updatedlicensebased", sku.businessPremiumNonprofit);
  expect(nonprofit?.["Segment"]).toBe("Charity");
});

test("UnitPrice is for the whole term by switch", async () => {
  await commerce.restart({ switches: { unitPriceMeaning: "wholeTerm" } });
  const found = prices(await rows("DE", "updatedlicensebased", sku.businessPremium));
  expect(found.map(([, , unitPrice]) => unitPrice)).toEqual(["19.78", "207.60", "197.76"]);
});

test("extended service terms cost 3 % more than the monthly term, or 23 % more than the annual one", async () => {
  const extended = (key: string) => rows("DE", "licensebasedest", key.replace(":0", ":E"));
  expect(prices(await extended(sku.businessPremium))).toEqual([["P1M", "Monthly", "20.37", "25.46"]]);
  expect(prices(await extended(sku.copilot))).toEqual([["P1M", "Monthly", "27.65", "34.56"]]);
});

test("each view has its own products", async () => {
  const ids = async (view: string) => [
    ...new Set((await rows("DE", view)).map((row) => `${row["ProductId"]}:${row["SkuId"]}`)),
  ];
  expect(await ids("software")).toEqual([sku.windowsServerCal, sku.officeLtsc]);
  expect(await ids("licensebasedeos")).toEqual([sku.office365E3]);
  expect(await ids("marketplace")).toEqual([]);
  expect(await ids("updatedlicensebased")).not.toContain(sku.office365E3);
});

test("past and future months say so in their dates", async () => {
  const start = async (query: string) =>
    rowsOf((await commerce.salesUser.get(sheet("DE", "software", query))).text)[0]?.["EffectiveStartDate"];
  expect(await start("?timeline=future")).toBe("2026-12-01T00:00:00.000Z");
  expect(await start("?timeline=history&month=202605")).toBe("2026-05-01T00:00:00.000Z");
  for (const query of ["?timeline=history", "?timeline=history&month=202613", "?timeline=never"]) {
    expect((await commerce.salesUser.get(sheet("DE", "software", query))).status).toBe(400);
  }
});

test("an unknown market, view or file is refused", async () => {
  expect((await commerce.salesUser.get(sheet("XX", "software"))).status).toBe(400);
  expect((await commerce.salesUser.get(sheet("DE", "groceries"))).status).toBe(400);
  expect((await commerce.salesUser.get("/v1.0/sales/weather()/$value")).status).toBe(404);
});

test("a client that asks for deflate gets the same text, compressed", async () => {
  const path = sheet("DE", "updatedlicensebased");
  const plain = await commerce.salesUser.get(path, { "accept-encoding": "identity" });
  const packed = await commerce.salesUser.get(path, { "accept-encoding": "deflate" });
  expect(plain.headers.get("content-encoding")).toBeNull();
  expect(packed.headers.get("content-encoding")).toBe("deflate");
  expect(packed.text).toBe(plain.text);
});

test("the offer matrix tells seat limits, prerequisites and the Graph SKU", async () => {
  const reply = await commerce.salesUser.get("/v1.0/sales/offermatrix(Month='202611')/$value");
  const matrix = rowsOf(reply.text);
  const rowOf = (key: string) => matrix.find((row) => `${row["ProductId"]}:${row["SkuId"]}` === key);
  expect(rowOf(sku.businessPremium)).toMatchObject({
    ProvisioningId: "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46",
    ProvisioningString: "SPB",
    MinLicenses: "1",
    MaxLicenses: "300",
  });
  expect(rowOf(sku.businessPremiumTrial)).toMatchObject({
    MaxLicenses: "25",
    AssetOwnershipLimit: "1",
    AssetOwnershipLimitType: "Tenant",
  });
  expect(rowOf(sku.copilot)?.["ProductSkuPreRequisites"]).toContain(sku.m365E3);
  expect(rowOf(sku.businessBasic)?.["ProductSkuConversion"]).toContain(sku.businessPremium);
  expect((await commerce.salesUser.get("/v1.0/sales/offermatrix(Month='late')/$value")).status).toBe(400);
});
