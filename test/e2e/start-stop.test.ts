import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import path from "node:path";
import { DEFAULT_PORTS, portVariable, type PortName } from "../../local/platform/ports";

jest.setTimeout(120_000);

const repository = path.resolve(__dirname, "../..");
const PORTS = Object.fromEntries((Object.keys(DEFAULT_PORTS) as PortName[]).map((name) => [portVariable(name), "0"]));

let running: ChildProcess | undefined;
afterEach(() => running?.kill("SIGKILL"));

interface Started {
  process: ChildProcess;
  output: string;
}

/** Runs what `npm start` runs, on free ports, until it says that it is ready. */
async function start(environment: Record<string, string>): Promise<Started> {
  const child = spawn(process.execPath, [path.join(repository, "dist/local/start.js")], {
    env: { ...process.env, ...PORTS, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running = child;
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (/ready after [\d.]+ s/.test(output)) resolve();
    };
    child.stdout.on("data", look);
    child.once("exit", () => resolve());
  });
  return { process: child, output };
}

function addressesIn(output: string): { host: string; port: number }[] {
  return [...output.matchAll(/(?:http|amqp):\/\/(127\.0\.0\.1|localhost):(\d+)/g)].map((match) => ({
    host: match[1] ?? "",
    port: Number(match[2]),
  }));
}

async function isOpen({ host, port }: { host: string; port: number }): Promise<boolean> {
  const socket = connect(port, host);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

test("it is usable within a minute, and Ctrl-C leaves no process and no open port", async () => {
  const started = await start({});
  expect(started.output).toContain("Demo data");
  const seconds = Number(/ready after ([\d.]+) s/.exec(started.output)?.[1]);
  expect(seconds).toBeLessThan(60);
  const addresses = addressesIn(started.output);
  expect(addresses.length).toBeGreaterThanOrEqual(9);
  expect(await Promise.all(addresses.map(isOpen))).not.toContain(false);

  const stoppedAt = performance.now();
  started.process.kill("SIGINT");
  const [code] = (await once(started.process, "exit")) as [number | null];
  expect(code).toBe(0);
  expect(performance.now() - stoppedAt).toBeLessThan(3_000);
  // The host was a process of its own: its port proves that it is gone with the rest.
  expect(await Promise.all(addresses.map(isOpen))).not.toContain(true);
});

test("a port in use is named, with the way to another one, and nothing is left running", async () => {
  const first = await start({});
  expect(first.output).toContain("ready after");
  const taken = addressesIn(first.output).find(({ host }) => host === "127.0.0.1")?.port ?? 0;
  const second = await start({ TABLES_PORT: String(taken) });
  expect(second.output).toContain(`port ${taken}`);
  expect(second.output).toMatch(/in use/);
  expect(second.process.exitCode).toBe(1);
  first.process.kill("SIGINT");
  await once(first.process, "exit");
});
