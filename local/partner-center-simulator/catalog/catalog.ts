import { businessProducts } from "./business-products";
import { catalogKey, entryOf, termSets, type CatalogEntry } from "./catalog-entry";
import { applicationProducts, otherProducts } from "./other-products";
import { enterpriseProducts, singleServices } from "./seat-products";

const rows = [...businessProducts, ...enterpriseProducts, ...singleServices, ...applicationProducts, ...otherProducts];

/** Extended service terms are month to month and cost 3 % more than the monthly term. */
function extendedServiceTermOf(base: CatalogEntry): CatalogEntry {
  const { convertsTo: _trial, assetLimit: _limit, ...rest } = base;
  return {
    ...rest,
    skuId: base.skuId.replace(/^0/, "E"),
    title: `${base.title} (Extended Service Term)`,
    terms: [...termSets.extendedServiceTerm],
    upgradeTargets: [],
    purchasable: false,
    extendedServiceTermOf: `${base.productId}:${base.skuId}`,
  };
}

/**
 * Every SKU on sale by `productId:skuId`: real product names and part numbers, invented product ids, sample prices.
 * Seat-based SKUs that renew bring their extended service term SKU along.
 */
export function buildCatalog(): Map<string, CatalogEntry> {
  const catalog = new Map<string, CatalogEntry>();
  const put = (entry: CatalogEntry) => catalog.set(`${entry.productId}:${entry.skuId}`, entry);
  for (const row of rows) {
    const base = entryOf(row);
    if (base.kind !== "seats" || base.isTrial) {
      put(base);
      continue;
    }
    const extension = extendedServiceTermOf(base);
    put({ ...base, extendedServiceTermSku: `${extension.productId}:${extension.skuId}` });
    put(extension);
  }
  return catalog;
}

/** Short names for presets and tests: `sku.businessPremium` is a `productId:skuId`. */
export const sku = {
  businessBasic: catalogKey("SB01"),
  businessBasicGrant: catalogKey("SB01:0003"),
  businessStandard: catalogKey("SB02"),
  businessPremium: catalogKey("SB03"),
  businessPremiumTrial: catalogKey("SB03:0002"),
  businessPremiumNonprofit: catalogKey("SB03:0003"),
  appsForBusiness: catalogKey("SB04"),
  defenderForBusiness: catalogKey("SD01"),
  teamsEssentials: catalogKey("ST01"),
  m365E3: catalogKey("SE01"),
  m365E5: catalogKey("SE02"),
  m365F1: catalogKey("SE03"),
  m365F3: catalogKey("SE04"),
  office365E1: catalogKey("SE05"),
  office365E3: catalogKey("SE06"),
  exchangePlan1: catalogKey("SX01"),
  exchangePlan2: catalogKey("SX02"),
  entraP1: catalogKey("SI01"),
  entraP2: catalogKey("SI02"),
  intunePlan1: catalogKey("SI03"),
  defenderForOffice: catalogKey("SD02"),
  teamsRoomsPro: catalogKey("ST02"),
  teamsPhone: catalogKey("ST03"),
  copilot: catalogKey("SC01"),
  visioPlan2: catalogKey("SV01"),
  projectPlan3: catalogKey("SP01"),
  powerBiPro: catalogKey("SP02"),
  businessCentral: catalogKey("SN01"),
  businessCentralEnvironment: catalogKey("SN02"),
  extraFileStorage: catalogKey("SS01"),
  windows365: catalogKey("SW01"),
  a3Faculty: catalogKey("SU01"),
  a1Students: catalogKey("SU02"),
  windowsServerCal: catalogKey("SR01"),
  officeLtsc: catalogKey("SR02"),
  azurePlan: catalogKey("SA01"),
} as const;
