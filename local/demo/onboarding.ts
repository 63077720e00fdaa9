import path from "node:path";
import { parseArgs } from "node:util";
import { createApiClient } from "../../shared/api/client";
import { scale } from "../partner-center-simulator/presets/scale";
import { ANY_PORTS } from "../platform/ports";
import { startPlatform } from "../platform/start-platform";
import { scaleCustomers } from "../presets/preset-customers";
import { mspTenant } from "../presets/tenants";
import { accessTokenOf } from "./access-token";
import { createNarrator } from "./narration";
import { onboardAtScale } from "./onboard-at-scale";

/**
 * `npm run onboarding -- --scale 300`: an MSP with hundreds of customers begins. An empty platform of its own is connected
 * to all of them, and dies once on the way. Ends with 0 only when every promise held.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { scale: { type: "string", default: "300" } } });
  const tenants = Number(values.scale);
  if (!Number.isInteger(tenants) || tenants < 40 || tenants > 650) {
    throw new Error("--scale is a number of tenants from 40 to 650: three of four are one reseller's, at most 500.");
  }
  const narrator = createNarrator((line) => console.log(line), process.stdout.isTTY);
  console.log(`The whole system starts, empty; the simulator has ${tenants} customers.`);
  const platform = await startPlatform({
    ports: ANY_PORTS,
    appDir: path.resolve(__dirname, "../../.."),
    simulatorSeed: () => scale(tenants),
    customers: scaleCustomers(tenants),
  });
  try {
    const token = await accessTokenOf(platform.entra.url, `admin@${mspTenant.domain}`);
    const api = createApiClient({ baseUrl: platform.apiUrl, token: () => Promise.resolve(token) });
    await onboardAtScale({ platform, api, narrator });
  } finally {
    await platform.close();
  }
  const { kept, broken } = narrator.promises;
  console.log(broken === 0 ? `\nAll ${kept} promises held.` : `\n${broken} of ${kept + broken} promises did not hold.`);
  process.exitCode = broken === 0 ? 0 : 1;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
