import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { hasCurl, installCurl, readTour, runTour } from "./readme-tour";

/** What runs the README's tour: its reader, its shell, and its stand-in for curl. The stand-in does what curl does, as far as the README goes. Where curl is installed, both are held to it. */
let server: Server;
let url: string;
let folder: string;
let curls: string[];

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "csp-curl-"));
  curls = [installCurl(folder), ...(hasCurl() ? ["curl"] : [])];
  server = createServer((request, response) => {
    void readText(request).then((body) => {
      const { method, url: target = "", headers } = request;
      if (target === "/start") {
        response.writeHead(200, { "set-cookie": "ticket=a%20b; Path=/app; HttpOnly" }).end("{}");
      } else if (target === "/sign-in") {
        response.writeHead(302, { location: "/app/callback" }).end();
      } else if (target === "/refused") {
        response.writeHead(409).end("refused");
      } else {
        const { cookie = "", "content-type": type = "", "x-key": key = "" } = headers;
        response.end([method, target, body, cookie, type, key].join("|"));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

async function readText(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const part of request) text += String(part);
  return text;
}

function run(program: string, ...words: string[]): Promise<{ code: number; out: string }> {
  return new Promise((resolve) => {
    execFile(program, words, (error, out) => {
      resolve({ code: error === null ? 0 : Number(error.code), out });
    });
  });
}

test("a form is posted, its parts joined", async () => {
  for (const curl of curls) {
    expect(await run(curl, "-sS", `${url}/form`, "-d", "a=1", "-d", "b=x@y")).toEqual({
      code: 0,
      out: "POST|/form|a=1&b=x@y||application/x-www-form-urlencoded|",
    });
  }
});

test("headers and method are sent as given", async () => {
  const words = ["-X", "PUT", "-H", "Content-Type: application/json", "-H", "X-Key: 7", "-d", "{}"];
  for (const curl of curls) {
    expect((await run(curl, "-sS", ...words, `${url}/thing`)).out).toBe("PUT|/thing|{}||application/json|7");
  }
});

test("a kept cookie is sent where it belongs, after a redirect that turns POST into GET", async () => {
  for (const [index, curl] of curls.entries()) {
    const jar = path.join(folder, `cookies-${index}`);
    const page = path.join(folder, `page-${index}`);
    writeFileSync(jar, "");
    expect((await run(curl, "-sS", "-c", jar, "-d", "{}", `${url}/start`)).code).toBe(0);
    const words = ["-b", jar, "-o", page, "-w", "%{url_effective}\\n", "-d", "account=x"];
    expect((await run(curl, "-sSL", ...words, `${url}/sign-in`)).out).toBe(`${url}/app/callback\n`);
    expect(readFileSync(page, "utf8")).toBe("GET|/app/callback||ticket=a%20b||");
  }
});

test("the headers of an answer are shown in place of its body", async () => {
  for (const curl of curls) {
    const { code, out } = await run(
      curl,
      "-sS",
      "-D",
      "-",
      "-o",
      path.join(folder, "body"),
      "-d",
      "{}",
      `${url}/start`,
    );
    const lines = out.split("\r\n");
    expect([code, lines[0]?.startsWith("HTTP/1.1 200")]).toEqual([0, true]);
    expect(lines.map((line) => line.toLowerCase())).toContain("set-cookie: ticket=a%20b; path=/app; httponly");
    expect(out).not.toContain("{}");
  }
});

test("a refusal is shown and ends with 22", async () => {
  for (const curl of curls) {
    expect(await run(curl, "-sS", "--fail-with-body", `${url}/refused`)).toEqual({ code: 22, out: "refused" });
  }
});

test("an option nobody wrote for it is refused by the stand-in", async () => {
  expect((await run(path.join(folder, "curl"), "--compressed", url)).code).toBe(2);
});

test("the commands of marked fences are read with their lines, and continued lines belong together", () => {
  const markdown = ["```sh", "npm ci", "```", "<!-- tour -->", "", "```sh", "a \\", "  b", "c", "```"].join("\n");
  expect(readTour(markdown)).toEqual([
    { line: 7, text: "a \\\n  b" },
    { line: 9, text: "c" },
  ]);
});

test("the line that fails is named with what it said, and the lines after it do not run", async () => {
  const commands = [
    { line: 7, text: "A=from-line-7" },
    { line: 9, text: "echo $A; false" },
    { line: 10, text: "echo never" },
  ];
  const { outputs, failure } = await runTour(commands, {}, 10_000);
  expect(failure).toBe("README.md:9 ended the session with 1: from-line-7");
  expect(outputs.map(({ line }) => line)).toEqual([7, 9]);
});

test("a line that never ends is stopped and named", async () => {
  const { failure } = await runTour([{ line: 3, text: "sleep 60" }], {}, 200);
  expect(failure).toContain("README.md:3 was not over after 200 ms");
});
