import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import path from "node:path";
import { freePort } from "../../local/platform/ports";
import {
  ANY_PORT_VARIABLES,
  endPrograms,
  isRunning,
  processesWith,
  startProgram,
  watch,
  type Program,
} from "./platform-process";
import { until } from "./running-system";

jest.setTimeout(90_000);

const repository = path.resolve(__dirname, "../..");

afterEach(endPrograms);

interface Status {
  pid: number;
  host: { pid: number };
}

/** Process ids of the running platform, as its control server tells them. */
async function statusOf(program: Program): Promise<Status> {
  await program.says(/ready after/);
  const [, controlUrl] = await program.says(/Control +(http\S+)/);
  return (await fetch(`${controlUrl}/status`)).json() as Promise<Status>;
}

async function expectGone(pids: number[]): Promise<void> {
  await until(() => !pids.some(isRunning), `the processes ${pids.join(", ")} are gone`, 3_000);
}

test.each(["SIGTERM", "SIGHUP"] as const)("%s stops everything, the Functions host too", async (signal) => {
  const program = startProgram("start.js", ["--empty"]);
  const { pid, host } = await statusOf(program);
  expect(pid).toBe(program.process.pid);
  expect(isRunning(host.pid)).toBe(true);
  program.process.kill(signal);
  expect(await program.ended).toBe(0);
  await expectGone([host.pid]);
});

test("a second signal ends it at once", async () => {
  const program = startProgram("start.js", ["--empty"]);
  const { host } = await statusOf(program);
  program.process.kill("SIGINT");
  program.process.kill("SIGTERM");
  expect(await program.ended).toBe(1);
  await expectGone([host.pid]);
});

test("a signal in the middle of the start stops what was started, and what is being started", async () => {
  const port = await freePort();
  const program = startProgram("start.js", [], { API_PORT: String(port) });
  await program.says(/Managed identity/);
  program.process.kill("SIGTERM");
  expect(await program.ended).toBe(0);
  expect(program.output).not.toContain("ready after");
  await until(() => processesWith(`--port=${port}`).length === 0, "no Functions host is left", 3_000);
});

test("it ends when npm is killed, which ends only the shell between them", async () => {
  const port = await freePort();
  const script = `"${process.execPath}" "${path.join(repository, "dist/local/start.js")}" --empty`;
  const shell = watch(
    spawn("sh", ["-c", `true && ${script}; true`], {
      env: { ...process.env, ...ANY_PORT_VARIABLES, API_PORT: String(port), npm_lifecycle_event: "start" },
      stdio: ["ignore", "pipe", "pipe"],
    }),
  );
  const { pid, host } = await statusOf(shell);
  shell.process.kill("SIGTERM");
  await shell.ended;
  await expectGone([pid, host.pid]);
});

test("it ends when nobody reads its output any more", async () => {
  const program = startProgram("start.js", ["--empty"]);
  await program.says(/Entra/);
  program.process.stdout?.destroy();
  program.process.stderr?.destroy();
  expect(await program.ended).toBe(1);
});

test("a part that cannot start is named with the variable that moves its port, and nothing is left behind", async () => {
  const occupant = createServer().listen(0, "127.0.0.1");
  await once(occupant, "listening");
  const { port } = occupant.address() as { port: number };
  const program = startProgram("start.js", [], { CONTROL_PORT: String(port) });
  expect(await program.ended).toBe(1);
  occupant.close();
  expect(program.output).toMatch(/Functions host +http\S+ +[\d.]+ s/);
  expect(program.output).toContain(`Platform control did not start: Platform control cannot listen on port ${port}`);
  expect(program.output).toContain(`CONTROL_PORT=${port + 1000} npm start`);
  const [, apiPort] = /Functions host +http:\/\/127\.0\.0\.1:(\d+)/.exec(program.output) ?? [];
  expect(processesWith(`--port=${apiPort}`)).toEqual([]);
});

test.each([
  [["--cors", "localhost:5173/"], "--cors takes origins such as http://localhost:5173"],
  [["--scale", "many"], "--scale is a number of tenants from 1 to 5000"],
  [["--turbo"], "Unknown option '--turbo'"],
])("npm start -- %s is refused with the usage", async (args, why) => {
  const program = startProgram("start.js", args);
  expect(await program.ended).toBe(1);
  expect(program.output).toContain(why);
  expect(program.output).toContain("npm start -- [options]");
});
