import type { CatalogEntry } from "../catalog/catalog-entry";
import { marketCountries } from "../catalog/markets";
import type { World } from "../world";
import { csv } from "./csv";

const columns = [
  "ProductTitle",
  "ProductId",
  "SkuId",
  "SkuTitle",
  "ProvisioningId",
  "ProvisioningString",
  "MinLicenses",
  "MaxLicenses",
  "AssetOwnershipLimit",
  "AssetOwnershipLimitType",
  "ProductSkuPreRequisites",
  "ProductSkuConversion",
  "Description",
  "AllowedCountries",
] as const;

/** Seat limits, ownership limits and the mapping to Graph SKUs of everything that is licensed by seat. */
export function offerMatrix(world: World): string {
  const listed = [...world.catalog.values()].filter((entry) => entry.kind === "seats");
  return csv(listed.map(matrixRow), columns);
}

function matrixRow(entry: CatalogEntry): Record<(typeof columns)[number], string> {
  return {
    ProductTitle: entry.productTitle,
    ProductId: entry.productId,
    SkuId: entry.skuId,
    SkuTitle: entry.title,
    ProvisioningId: entry.provisioningId,
    ProvisioningString: entry.skuPartNumber,
    MinLicenses: String(entry.minimumQuantity),
    MaxLicenses: String(entry.maximumQuantity),
    AssetOwnershipLimit: entry.assetLimit === undefined ? "" : String(entry.assetLimit),
    AssetOwnershipLimitType: entry.assetLimit === undefined ? "" : "Tenant",
    ProductSkuPreRequisites: entry.prerequisiteSkus.join(";"),
    ProductSkuConversion: [...entry.upgradeTargets, ...(entry.convertsTo ? [entry.convertsTo] : [])].join(";"),
    Description: entry.title,
    AllowedCountries: marketCountries().join(";"),
  };
}
