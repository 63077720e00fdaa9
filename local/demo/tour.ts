import path from "node:path";
import { createApiClient } from "../../shared/api/client";
import { demo } from "../partner-center-simulator/presets/demo";
import { ANY_PORTS } from "../platform/ports";
import { startPlatform, type Platform } from "../platform/start-platform";
import { mspTenant } from "../presets/tenants";
import { accessTokenOf } from "./access-token";
import { loadDemoData } from "./load-demo-data";
import { createNarrator, type Narrator } from "./narration";
import { simulatorControl } from "./simulator-control";
import { killTheHost, loseTheReply } from "./tour-breakage";
import { authorizeNorthgate, buyInPeace, connectPennine } from "./tour-steps";

/**
 * `npm run tour`: the tour of the README, narrated, on a platform of its own, and then what the system is built for: an
 * answer that is lost, and a host that dies. Ends with 0 only when every promise held.
 */
async function main(): Promise<void> {
  const narrator = createNarrator((line) => console.log(line), process.stdout.isTTY);
  console.log("The whole system starts: stand-ins for Azure and Microsoft, and the real Functions app.");
  const platform = await startPlatform({
    ports: ANY_PORTS,
    appDir: path.resolve(__dirname, "../../.."),
    simulatorSeed: () => demo(),
  });
  try {
    await loadDemoData({ apiUrl: platform.apiUrl, entraUrl: platform.entra.url, now: platform.clock.now() });
    await play(platform, narrator);
  } finally {
    await platform.close();
  }
  const { kept, broken } = narrator.promises;
  console.log(broken === 0 ? `\nAll ${kept} promises held.` : `\n${broken} of ${kept + broken} promises did not hold.`);
  process.exitCode = broken === 0 ? 0 : 1;
}

async function play(platform: Platform, narrator: Narrator): Promise<void> {
  const token = await accessTokenOf(platform.entra.url, `admin@${mspTenant.domain}`);
  const api = createApiClient({ baseUrl: platform.apiUrl, token: () => Promise.resolve(token) });
  const resellerId = await authorizeNorthgate(platform, api, narrator);
  const stage = await connectPennine(platform, api, narrator, resellerId);
  await buyInPeace(stage);
  await loseTheReply(stage);
  await killTheHost(stage);
  narrator.chapter("The sum");
  const lines = await simulatorControl(platform.simulator.url).books(stage.subscriptionId, 0);
  const seats = lines.flatMap(({ effects }) => effects).reduce((sum, { delta }) => sum + delta, 0);
  narrator.promise(lines.length === 3 && seats === 15, "asked three times for five seats: three writes, fifteen seats");
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
