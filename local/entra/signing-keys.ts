import {
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  jwtVerify,
  SignJWT,
  type JWK,
  type JWTPayload,
} from "jose";
import type { VirtualClock } from "../virtual-clock";

/** A replaced key stays published this long, by the virtual clock, so that tokens it signed still verify. */
export const keyOverlapMs = 24 * 3_600_000;

interface SigningKey {
  kid: string;
  privateKey: Parameters<SignJWT["sign"]>[0];
  publicKey: Exclude<Parameters<typeof jwtVerify>[1], (...args: never[]) => unknown>;
  jwk: JWK;
  /** Virtual time at which another key took over. */
  replacedAt?: number;
}

/** The RSA keys tokens are signed with. */
export interface SigningKeys {
  /** Every key a token may be verified with now, the current one first. */
  published(): JWK[];
  /** A new key signs from now on; resolves with its `kid`. */
  rotate(): Promise<string>;
  sign(claims: JWTPayload): Promise<string>;
  /** Claims of a genuine token that has not expired (real time); rejects for any other. */
  verify(token: string): Promise<JWTPayload>;
  /** Back to the key of the start. */
  reset(): void;
}

export async function createSigningKeys(clock: VirtualClock): Promise<SigningKeys> {
  const first = await newKey();
  let keys = [first];
  const valid = (): SigningKey[] =>
    keys.filter(({ replacedAt }) => replacedAt === undefined || clock.nowMs() - replacedAt < keyOverlapMs);
  return {
    published: () => valid().map(({ jwk }) => jwk),
    async rotate() {
      const next = await newKey();
      keys = [next, ...valid().map((key) => ({ ...key, replacedAt: key.replacedAt ?? clock.nowMs() }))];
      return next.kid;
    },
    sign(claims) {
      const { kid, privateKey } = keys[0] ?? first;
      return new SignJWT(claims).setProtectedHeader({ typ: "JWT", alg: "RS256", kid, x5t: kid }).sign(privateKey);
    },
    async verify(token) {
      const { payload } = await jwtVerify(
        token,
        ({ kid }) => {
          const key = valid().find((candidate) => candidate.kid === kid);
          if (!key) throw new Error("The signing key of the token is unknown or was retired.");
          return key.publicKey;
        },
        { algorithms: ["RS256"], clockTolerance: 60 },
      );
      return payload;
    },
    reset() {
      keys = [first];
    },
  };
}

async function newKey(): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
  const jwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(jwk);
  return { kid, privateKey, publicKey, jwk: { ...jwk, kid, x5t: kid, use: "sig" } };
}
