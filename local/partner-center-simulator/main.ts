import { startSimulator } from "./start-simulator";

const DEFAULT_PORT = 7090;

/** Runs the simulator by itself: `npm run simulator`. Settings: PORT, ENTRA_URL. */
async function main(): Promise<void> {
  const entraUrl = process.env["ENTRA_URL"];
  const simulator = await startSimulator({
    port: Number(process.env["PORT"] ?? DEFAULT_PORT),
    ...(entraUrl === undefined ? {} : { entraUrl }),
  });
  console.log(`Partner Center simulator: ${simulator.url}   control: ${simulator.url}/_control/`);
  if (entraUrl === undefined) {
    console.log("Note: signatures of access tokens are not checked; their claims are. Set ENTRA_URL to check them.");
  }
  const stop = (): void => void simulator.close().then(() => process.exit(0));
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
