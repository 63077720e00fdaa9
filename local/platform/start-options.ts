import { parseArgs } from "node:util";
import { portsFrom, type Ports } from "./ports";

/** What `npm start` was asked for. */
export interface StartOptions {
  help: boolean;
  /** So many generated tenants in place of the twelve of the demo. */
  scale: number | undefined;
  empty: boolean;
  servicesOnly: boolean;
  verbose: boolean;
  /** Other origins that browsers may call the API from. */
  cors: string[];
  ports: Ports;
}

/** The command line or a port variable is wrong; the message says what. */
export class UsageError extends Error {}

export const USAGE = `npm start -- [options]
  --scale N         N generated tenants in the simulator in place of the twelve of the demo (300: about 4,000 subscriptions)
  --empty           no demo data: an installation as new
  --services-only   everything but the Functions host, for "func start" of Azure Functions Core Tools
  --cors ORIGINS    origins, with commas between, that browsers may call the API from, such as http://localhost:5173
  --verbose         every line of the Functions host
Ports are moved by variables such as API_PORT, CONTROL_PORT, ENTRA_PORT; 0 is any free port.`;

const MOST_TENANTS = 5_000;

/** Reads command line and environment; throws `UsageError`. */
export function readStartOptions(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): StartOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        scale: { type: "string" },
        empty: { type: "boolean", default: false },
        "services-only": { type: "boolean", default: false },
        cors: { type: "string", default: "" },
        verbose: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    const { scale, empty, verbose, help, "services-only": servicesOnly } = values;
    const ports = portsFrom(environment);
    return { scale: tenantCount(scale), empty, verbose, help, servicesOnly, cors: originsOf(values.cors), ports };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** Origins as browsers write them: a scheme, a host, a port where it is not the usual one, and nothing behind. */
function originsOf(text: string): string[] {
  const origins = text.split(",").map((origin) => origin.trim());
  const given = origins.filter((origin) => origin !== "");
  const wrong = given.find((origin) => !URL.canParse(origin) || new URL(origin).origin !== origin);
  if (wrong !== undefined) throw new Error(`--cors takes origins such as http://localhost:5173, not "${wrong}".`);
  return given;
}

function tenantCount(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > MOST_TENANTS)
    throw new Error(`--scale is a number of tenants from 1 to ${MOST_TENANTS}, not "${text}".`);
  return count;
}
