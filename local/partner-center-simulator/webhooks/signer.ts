import { webcrypto } from "node:crypto";
import { provideReflection } from "../../tls/reflection";

const algorithm = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
};

const YEAR_MS = 365 * 86_400_000;

/** Signs what webhooks deliver; receivers check it with `certificate`, issued by `root`. */
export interface Signer {
  /** Base64 of the RSA signature (SHA-256, PKCS #1 v1.5) over exactly these bytes. */
  sign(body: Buffer): Promise<string>;
  /** DER, as a `.cer` file holds it. */
  certificate: Buffer;
  /** The self-signed authority, DER: what a receiver must trust in place of Microsoft's. */
  root: Buffer;
}

/** New keys and a new chain of two, valid around the moment given. Takes some hundred milliseconds. */
export async function createSigner(now: Date): Promise<Signer> {
  provideReflection();
  const x509 = await import("@peculiar/x509");
  const { BasicConstraintsExtension, KeyUsageFlags, KeyUsagesExtension, X509CertificateGenerator } = x509;
  const [rootKeys, keys] = await Promise.all([newKeys(), newKeys()]);
  const validity = { notBefore: new Date(now.getTime() - YEAR_MS), notAfter: new Date(now.getTime() + 10 * YEAR_MS) };
  const rootName = "CN=Simulator Webhook Root, O=Microsoft Corporation, C=US";
  const root = await X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: "01",
      name: rootName,
      ...validity,
      keys: rootKeys,
      signingAlgorithm: algorithm,
      extensions: [
        new BasicConstraintsExtension(true, 1, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
      ],
    },
    webcrypto,
  );
  const certificate = await X509CertificateGenerator.create(
    {
      serialNumber: "02",
      subject: "CN=webhooks.partnercenter.simulator, O=Microsoft Corporation, C=US",
      issuer: rootName,
      ...validity,
      publicKey: keys.publicKey,
      signingKey: rootKeys.privateKey,
      signingAlgorithm: algorithm,
      extensions: [new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true)],
    },
    webcrypto,
  );
  return {
    sign: async (body) =>
      Buffer.from(await webcrypto.subtle.sign(algorithm.name, keys.privateKey, body)).toString("base64"),
    certificate: Buffer.from(certificate.rawData),
    root: Buffer.from(root.rawData),
  };
}

async function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}
