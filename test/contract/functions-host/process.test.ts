import { fork } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { inspectApp, type HostExit } from "../../../local/functions-host/host-process";
import { PortInUseError } from "../../../local/stand-in";
import { builtHost, collectOutput, sampleApp, runNow, startSampleHost, type SampleHost } from "./sample-host";

jest.setTimeout(30_000);

const open: SampleHost[] = [];
const folders: string[] = [];

async function start(...options: Parameters<typeof startSampleHost>): Promise<SampleHost> {
  const sample = await startSampleHost(...options);
  open.push(sample);
  return sample;
}

/** An app of its own; `files` are laid over the sample's host.json and package.json. */
function appWith(files: Record<string, string>): string {
  const folder = mkdtempSync(path.join(tmpdir(), "functions-host-"));
  folders.push(folder);
  cpSync(path.join(sampleApp, "host.json"), path.join(folder, "host.json"));
  symlinkSync(path.resolve(sampleApp, "../../../../node_modules"), path.join(folder, "node_modules"));
  const all = { "package.json": '{"main":"index.js"}', ...files };
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  return folder;
}

const oneFunction = 'require("@azure/functions").app.http("hi", { handler: () => ({ body: "hi" }) });';

afterEach(async () => {
  await Promise.all(open.splice(0).map(({ host }) => host.close()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test("a killed host is gone, and comes back on the same port with the same settings", async () => {
  const { host } = await start({ env: { FUNCTIONS_HOST_KEYS: '{"host":{"default":"the-key"}}' } });
  const { pid, url } = host;
  await host.kill();
  expect(isAlive(pid)).toBe(false);
  expect(host.pid).toBe(0);
  await expect(fetch(`${url}/api/nothing`)).rejects.toThrow();
  await host.restart();
  expect(host.url).toBe(url);
  expect(host.pid).not.toBe(pid);
  expect((await fetch(`${url}/api/withKey?code=the-key`)).status).toBe(200);
});

test("a stop waits for a running function, answers it, and runs the appTerminate hooks, in less than 2 s", async () => {
  const { host, output } = await start();
  const answer = fetch(`${host.url}/api/slow/400`);
  await output.until(() => output.observed("slow began").length === 1);
  const began = performance.now();
  await host.close();
  expect(performance.now() - began).toBeLessThan(2_000);
  expect(await (await answer).text()).toBe("at last");
  expect(output.observed("appTerminate")).toEqual([{ what: "appTerminate", startedBy: "appStart" }]);
});

test("a function that does not end holds up a stop for less than 2 s", async () => {
  const { host, output } = await start();
  const answer = fetch(`${host.url}/api/slow/60000`).catch(() => "cut");
  await output.until(() => output.observed("slow began").length === 1);
  const { pid } = host;
  const began = performance.now();
  await host.close();
  expect(performance.now() - began).toBeLessThan(2_000);
  expect(isAlive(pid)).toBe(false);
  expect(await answer).toBe("cut");
});

test.each(["SIGINT", "SIGTERM"] as const)("%s stops the host gracefully", async (signal) => {
  const { host, output } = await start();
  await host.kill(signal);
  expect(output.observed("appTerminate")).toHaveLength(1);
});

test("the host ends when the process that started it is gone", async () => {
  const child = fork(builtHost(), ["--app", sampleApp, "--port", "0", "--quiet"], {
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  await once(child, "message");
  const gone = once(child, "exit");
  child.disconnect();
  expect(await gone).toEqual([0, null]);
});

test("a crash is reported to whoever listens, and the host stays down", async () => {
  const { host, output } = await start();
  const exit = new Promise<HostExit>((resolve) => host.onExit(resolve));
  await fetch(`${host.url}/api/crash`);
  expect(await exit).toEqual({ code: 1, signal: null, restarting: false });
  expect(output.lines.some((line) => /critical host: .*crashed on purpose/.test(line))).toBe(true);
  expect(host.pid).toBe(0);
});

test("with restartOnCrash a crashed host comes back by itself", async () => {
  const { host, output } = await start({ restartOnCrash: true });
  const exit = new Promise<HostExit>((resolve) => host.onExit(resolve));
  await fetch(`${host.url}/api/crash`);
  expect((await exit).restarting).toBe(true);
  await output.until(() => output.observed("loaded").length === 2);
  await output.until(() => output.lines.filter((line) => line.includes("functions are served on")).length === 2);
  expect((await fetch(`${host.url}/api/nothing`)).status).toBe(204);
});

test("a function that runs too long answers 500, and the host ends and starts again", async () => {
  const { functionTimeout, ...hostJson } = { version: "2.0", functionTimeout: "00:00:01" };
  const appDir = appWith({
    "host.json": JSON.stringify({ ...hostJson, functionTimeout }),
    "index.js": `const { app } = require("@azure/functions");
      app.http("endless", { handler: () => new Promise(() => undefined) });
      app.http("pid", { handler: () => ({ body: String(process.pid) }) });`,
  });
  const { host, output } = await start({ appDir });
  const { pid } = host;
  const exit = new Promise<HostExit>((resolve) => host.onExit(resolve));
  expect((await fetch(`${host.url}/api/endless`)).status).toBe(500);
  expect((await exit).restarting).toBe(true);
  expect(
    output.lines.some((line) => line.includes("Timeout value of 1 seconds was exceeded by function: endless")),
  ).toBe(true);
  await output.until(() => output.lines.filter((line) => line.includes("functions are served on")).length === 2);
  const newPid = Number(await (await fetch(`${host.url}/api/pid`)).text());
  expect(newPid).toBe(host.pid);
  expect(newPid).not.toBe(pid);
});

test("a port in use is named, and who wanted it", async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const { port } = taken.address() as AddressInfo;
  const started = start({ port });
  await expect(started).rejects.toThrow(PortInUseError);
  await expect(started).rejects.toThrow(`The Functions host cannot listen on port ${port}: it is in use.`);
  await new Promise((resolve) => taken.close(resolve));
});

test.each([
  [
    "an entry point that throws",
    { "index.js": 'throw new Error("setting TENANT is missing");' },
    'The entry point "index.js" failed while loading: setting TENANT is missing',
  ],
  ["a main that matches nothing", { "package.json": '{"main":"dist/*.js"}' }, "Found zero files matching"],
  ["a package.json without main", { "package.json": "{}" }, 'must exist and name the entry point of the app in "main"'],
  ["a wrong host.json", { "host.json": '{"version":"2.0","functionTimeout":"ten"}' }, "functionTimeout"],
  [
    "HTTP streaming",
    { "index.js": `require("@azure/functions").app.setup({ enableHttpStream: true });${oneFunction}` },
    "enableHttpStream: true }) is not supported by the local host",
  ],
])("%s stops the start with a clear message", async (_, files, message) => {
  const started = start({ appDir: appWith({ "index.js": oneFunction, ...files }) });
  await expect(started).rejects.toThrow(/^The Functions host did not start: /);
  await expect(started).rejects.toThrow(message);
});

test("started by hand, a broken app ends the process with code 1 and says why", async () => {
  const appDir = appWith({ "index.js": 'throw new Error("no luck");' });
  const child = fork(builtHost(), ["--app", appDir, "--port", "0"], { silent: true });
  const output = collectOutput();
  child.stdout
    ?.setEncoding("utf8")
    .on("data", (text: string) => text.split("\n").forEach((line) => output.onLine(line)));
  expect(await once(child, "exit")).toEqual([1, null]);
  expect(output.lines.some((line) => /error host: The host could not start\. .*no luck/.test(line))).toBe(true);
});

test("an app of ES modules is served too", async () => {
  const appDir = appWith({
    "package.json": '{"type":"module","main":"index.js"}',
    "index.js": 'import { app } from "@azure/functions"; app.http("hi", { handler: () => ({ body: "module" }) });',
  });
  const { host } = await start({ appDir });
  expect(await (await fetch(`${host.url}/api/hi`)).text()).toBe("module");
});

test("custom headers of host.json are on every answer that does not have them, of the host itself too", async () => {
  const customHeaders = { "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store" };
  const appDir = appWith({
    "host.json": JSON.stringify({ version: "2.0", extensions: { http: { customHeaders } } }),
    "index.js": `require("@azure/functions").app.http("hi", { handler: () => ({ headers: { "cache-control": "no-cache" } }) });`,
  });
  const { host } = await start({ appDir });
  const headersOf = async (route: string): Promise<(string | null)[]> => {
    const { headers } = await fetch(host.url + route);
    return [headers.get("x-content-type-options"), headers.get("cache-control")];
  };
  expect(await headersOf("/api/hi")).toEqual(["nosniff", "no-cache"]);
  for (const route of ["/api/nothing", "/", "/admin/host/status", `/${"x".repeat(9_000)}`]) {
    expect(await headersOf(route)).toEqual(["nosniff", "no-store"]);
  }
});

test("a retry policy in host.json holds for timers that have none", async () => {
  const appDir = appWith({
    "host.json": JSON.stringify({
      version: "2.0",
      retry: { strategy: "fixedDelay", maxRetryCount: 1, delayInterval: "00:00:00" },
    }),
    "index.js": `const { app } = require("@azure/functions");
      app.timer("fails", { schedule: "0 0 0 1 1 *", handler: (_, context) => {
        console.log("@@" + JSON.stringify({ what: "ran", retry: context.retryContext?.retryCount ?? 0 }));
        throw new Error("always");
      } });`,
  });
  const { host, output } = await start({ appDir });
  await runNow(host, "fails", "");
  await output.until(() => output.lines.filter((line) => line.includes("(Failed")).length === 2);
  expect(output.observed("ran").map((one) => one.retry)).toEqual([0, 1]);
});

test("quiet leaves only warnings and worse", async () => {
  const { host, output } = await start({ quiet: true });
  await fetch(`${host.url}/api/echo`);
  await fetch(`${host.url}/api/throws`);
  await output.until(() => output.lines.some((line) => line.includes(" error throws: ")));
  expect(output.lines.filter((line) => / information /.test(line))).toEqual([]);
});

test("the functions of an app can be listed with their triggers, without serving it", async () => {
  const listed = await inspectApp({ appDir: sampleApp, env: {}, scriptPath: builtHost() });
  expect(listed).toEqual([...listed].sort());
  expect(listed).toEqual(
    expect.arrayContaining([
      "echo http GET,POST /api/echo/{name?} anonymous",
      "withKey http GET /api/withKey function",
      "everyHour timer 0 0 * * * *",
      "work serviceBus %WORK_QUEUE%",
      "ordered serviceBus ordered sessions",
    ]),
  );
});
