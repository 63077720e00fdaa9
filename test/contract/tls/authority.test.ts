import { X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Authority } from "../../../local/tls/authority";
import { createAuthority, writeAuthority } from "../../../local/tls/authority";

let authority: Authority;
let server: https.Server;

beforeAll(async () => {
  authority = await createAuthority();
  const { key, cert } = await authority.issue();
  server = https.createServer({ key, cert }, (_request, response) => response.end("hello"));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
});

afterAll(async () => {
  await new Promise((closed) => server.close(closed));
});

function get(host: string, ca?: string): Promise<string> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    https
      .get({ host: "127.0.0.1", port, servername: host === "localhost" ? host : "", agent: false, ca }, (response) => {
        response.setEncoding("utf8").on("data", resolve);
      })
      .on("error", reject);
  });
}

test.each(["localhost", "127.0.0.1"])(
  "a client that trusts the authority is served under the name %s",
  async (host) => {
    await expect(get(host, authority.caPem)).resolves.toBe("hello");
  },
);

test("a client that does not trust the authority refuses the certificate", async () => {
  await expect(get("localhost")).rejects.toMatchObject({ code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" });
});

test("a client that trusts another authority of the same name refuses the certificate", async () => {
  const other = await createAuthority();
  await expect(get("localhost", other.caPem)).rejects.toThrow(/certificate/);
});

test("a certificate covers the three loopback names, cannot sign others, and holds a few days around now", async () => {
  const certificate = new X509Certificate((await authority.issue()).cert);
  expect(certificate.checkHost("localhost")).toBe("localhost");
  expect(certificate.checkIP("127.0.0.1")).toBe("127.0.0.1");
  expect(certificate.checkIP("::1")).toBe("::1");
  expect(certificate.checkHost("example.com")).toBeUndefined();
  expect(certificate.ca).toBe(false);
  expect(certificate.checkIssued(new X509Certificate(authority.caPem))).toBe(true);
  const day = 86_400_000;
  expect(Date.parse(certificate.validFrom)).toBeLessThan(Date.now() - day / 2);
  expect(Date.parse(certificate.validTo)).toBeGreaterThan(Date.now() + 10 * day);
});

test("each certificate has its own key and serial number", async () => {
  const [first, second] = await Promise.all([authority.issue(), authority.issue()]);
  expect(first.key).not.toBe(second.key);
  expect(new X509Certificate(first.cert).serialNumber).not.toBe(new X509Certificate(second.cert).serialNumber);
});

test("the authority's certificate is written to a file that a child process can trust", async () => {
  const directory = await mkdtemp(path.join(tmpdir(), "authority-"));
  try {
    const file = await writeAuthority(authority, path.join(directory, "made-on-demand"));
    expect(path.basename(file)).toBe("ca.pem");
    expect(new X509Certificate(await readFile(file)).ca).toBe(true);
  } finally {
    await rm(directory, { recursive: true });
  }
});
