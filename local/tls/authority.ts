import { randomBytes, webcrypto } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import type * as X509Module from "@peculiar/x509";
import type { TlsFiles } from "../stand-in";
import { provideReflection } from "./reflection";

type X509 = typeof X509Module;

/** A certificate authority of this process alone; its key is never written anywhere. */
export interface Authority {
  /** Its certificate: what a client must trust. */
  readonly caPem: string;
  /** A new key and certificate for localhost, 127.0.0.1 and ::1. */
  issue(): Promise<TlsFiles>;
}

interface KeyPair {
  privateKey: webcrypto.CryptoKey;
  publicKey: webcrypto.CryptoKey;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY_MS = 86_400_000;
const AUTHORITY_NAME = "CN=CSP marketplace local authority";

/**
 * Makes an authority for one run of the local platform. Its certificates hold from yesterday until two weeks from now in
 * real time, whatever the virtual clock says: TLS is checked by the client's own clock.
 */
export async function createAuthority(): Promise<Authority> {
  const x509 = await loadX509();
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      ...validity(),
      serialNumber: serialNumber(),
      name: AUTHORITY_NAME,
      keys,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  const caPem = certificate.toString("pem");
  return { caPem, issue: () => issueServerCertificate(x509, keys, certificate, caPem) };
}

/** Writes `ca.pem` into `directory` (made if missing) and returns its path, for `NODE_EXTRA_CA_CERTS`. */
export async function writeAuthority(authority: Pick<Authority, "caPem">, directory: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  const file = path.join(directory, "ca.pem");
  await writeFile(file, authority.caPem);
  return file;
}

async function issueServerCertificate(
  x509: X509,
  authorityKeys: KeyPair,
  authority: X509Module.X509Certificate,
  ca: string,
): Promise<TlsFiles> {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.create(
    {
      ...validity(),
      serialNumber: serialNumber(),
      subject: "CN=localhost",
      issuer: authority.subject,
      publicKey: keys.publicKey,
      signingKey: authorityKeys.privateKey,
      signingAlgorithm: ALGORITHM,
      extensions: await serverExtensions(x509, keys, authorityKeys),
    },
    webcrypto,
  );
  const key = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey));
  return { cert: certificate.toString("pem"), key: x509.PemConverter.encode(key, "PRIVATE KEY"), ca };
}

async function serverExtensions(x509: X509, server: KeyPair, authority: KeyPair): Promise<X509Module.Extension[]> {
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    new x509.SubjectAlternativeNameExtension([
      { type: "dns", value: "localhost" },
      { type: "ip", value: "127.0.0.1" },
      { type: "ip", value: "::1" },
    ]),
    await x509.SubjectKeyIdentifierExtension.create(server.publicKey, false, webcrypto),
    await x509.AuthorityKeyIdentifierExtension.create(authority.publicKey, false, webcrypto),
  ];
}

/** Loaded on first use: most runs of the platform never serve TLS. */
async function loadX509(): Promise<X509> {
  provideReflection();
  return import("@peculiar/x509");
}

function newKeys(): Promise<KeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

/** Positive and unique: two certificates of one issuer with the same number are refused by some clients. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes.readUInt8(0) & 0x3f) | 0x40;
  return bytes.toString("hex");
}

function validity(): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - DAY_MS), notAfter: new Date(now + 14 * DAY_MS) };
}
