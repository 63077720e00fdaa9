/**
 * Waits until a deployed installation is ready, and looks at what every installation has to answer:
 *
 *   node scripts/smoke-test.mjs https://csp-prod-….azurewebsites.net [seconds]
 *
 * Exit codes: 0 it is ready; 1 it is not, within the seconds (300), or answers what it must not.
 */
const [address = "", seconds = "300"] = process.argv.slice(2);
if (!URL.canParse(address)) {
  console.error("Usage: node scripts/smoke-test.mjs <address of the installation> [seconds]");
  process.exit(1);
}
const PAUSE_MS = 3_000;

async function ask(path) {
  try {
    const answer = await fetch(new URL(path, address), { redirect: "manual", signal: AbortSignal.timeout(30_000) });
    return { status: answer.status, body: await answer.text() };
  } catch (error) {
    return { status: 0, body: String(error.cause?.code ?? error) };
  }
}

/** Roles of a new installation take minutes to reach every service, so "not ready" is asked again. */
async function untilReady(deadline) {
  for (;;) {
    const { status, body } = await ask("/api/health/ready");
    if (status === 200) return;
    if (Date.now() + PAUSE_MS > deadline) throw new Error(`not ready: ${status} ${body.slice(0, 500)}`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

const EXPECTED = [
  ["/api/health/live", 200, "it lives"],
  ["/api/openapi.json", 200, "it describes itself"],
  ["/api/v1/csp/summary", 401, "nobody reads without a sign-in"],
];

try {
  await untilReady(Date.now() + Number(seconds) * 1000);
  console.log("  200 /api/health/ready: storage and vault answer");
  for (const [path, expected, meaning] of EXPECTED) {
    const { status } = await ask(path);
    if (status !== expected) throw new Error(`${path} answered ${status}, not ${expected}`);
    console.log(`  ${status} ${path}: ${meaning}`);
  }
} catch (error) {
  console.error(`${address}: ${error.message}`);
  process.exitCode = 1;
}
