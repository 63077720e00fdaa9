import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/** Ports of `npm start`; each can be changed by an environment variable, see `portVariable`. */
export const DEFAULT_PORTS = {
  /** The API, where Azure Functions Core Tools serve it too. */
  api: 7071,
  control: 7070,
  simulator: 7072,
  entra: 7073,
  graph: 7074,
  keyVault: 7075,
  identity: 7076,
  tables: 10002,
  /** Azurite's own ports, which `UseDevelopmentStorage` means. Blobs hold backups; queues are for Core Tools only. */
  blobs: 10000,
  queues: 10001,
  serviceBus: 5672,
} as const;

export type PortName = keyof typeof DEFAULT_PORTS;
export type Ports = Record<PortName, number>;

export const PORT_NAMES = Object.keys(DEFAULT_PORTS) as PortName[];

/** Every port as free as the machine gives it, for tests. */
export const ANY_PORTS: Ports = {
  api: 0,
  control: 0,
  simulator: 0,
  entra: 0,
  graph: 0,
  keyVault: 0,
  identity: 0,
  tables: 0,
  blobs: 0,
  queues: 0,
  serviceBus: 0,
};

/** The environment variable that moves a port: `API_PORT`, `KEY_VAULT_PORT` … */
export function portVariable(name: PortName): string {
  return `${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}_PORT`;
}

/** The default ports, with those the environment moves. Throws when one is no port number. */
export function portsFrom(environment: Readonly<Record<string, string | undefined>>): Ports {
  const ports: Ports = { ...DEFAULT_PORTS };
  for (const name of PORT_NAMES) {
    const given = environment[portVariable(name)];
    if (given === undefined || given === "") continue;
    const port = Number(given);
    if (!Number.isInteger(port) || port < 0 || port > 65_535)
      throw new Error(`${portVariable(name)} is no port number: ${given}`);
    ports[name] = port;
  }
  return ports;
}

/** Below what systems give to those who ask for any port (Linux from 32768, others from 49152): nobody takes it by chance. */
const FIRST_FREE = 20_000;
const LAST_FREE = 29_999;

/**
 * A port nobody listens on, for somebody who must know it before they listen: the app's own address is in its settings.
 * Throws when twenty tries found none.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const port = randomInt(FIRST_FREE, LAST_FREE + 1);
    if (await isFree(port)) return port;
  }
  throw new Error(`No free port was found between ${FIRST_FREE} and ${LAST_FREE}.`);
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  const isListening = await new Promise<boolean>((resolve) => {
    probe.once("error", () => {
      resolve(false);
    });
    probe.listen(port, "127.0.0.1", () => {
      resolve(true);
    });
  });
  if (isListening) await new Promise((resolve) => probe.close(resolve));
  return isListening;
}
