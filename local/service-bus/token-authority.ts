import { decodeJwt } from "jose";
import type { Connection } from "rhea";
import { Refusal } from "./refusal";

/** What tokens of a Microsoft Entra credential for Service Bus are issued for. */
const SERVICE_BUS_AUDIENCE = "https://servicebus.azure.net";

/**
 * Says whether a token is genuine and issued for the audience (`https://servicebus.azure.net`; real tokens carry it with
 * or without a slash at the end). To refuse, it returns false or throws.
 */
export type VerifyToken = (token: string, audience: string) => boolean | Promise<boolean>;

/** Which entities each connection has shown a valid token for. Without `verify` everything is open to everybody. */
export class TokenAuthority {
  /** Per connection: path of an entity in lower case, and when the token expires (machine time). */
  private readonly claims = new WeakMap<Connection, Map<string, number>>();

  constructor(private readonly verify: VerifyToken | undefined) {}

  /** Accepts a put-token request for an entity such as `sb://host/queue`, or throws a `Refusal`. */
  async putToken(connection: Connection, entity: unknown, token: unknown, type: unknown): Promise<void> {
    if (!this.verify) return;
    if (type !== "jwt" || typeof token !== "string" || typeof entity !== "string")
      throw unauthorized("a JWT is needed");
    const expiresAtMs = await this.check(token, this.verify);
    const claims = this.claims.get(connection) ?? new Map<string, number>();
    this.claims.set(connection, claims.set(entityPath(entity), expiresAtMs));
  }

  /** Throws a `Refusal` unless a token that is still valid was put for this address or for an entity above it. */
  checkLink(connection: Connection, address: string): void {
    if (!this.verify) return;
    const path = entityPath(address);
    for (const [claimed, expiresAtMs] of this.claims.get(connection) ?? []) {
      if ((path === claimed || path.startsWith(`${claimed}/`)) && expiresAtMs > Date.now()) return;
    }
    throw unauthorized(`no valid token was presented for '${address}'`);
  }

  private async check(token: string, verify: VerifyToken): Promise<number> {
    try {
      if (!(await verify(token, SERVICE_BUS_AUDIENCE))) throw unauthorized("the token was not accepted");
      return (decodeJwt(token).exp ?? Infinity) * 1000;
    } catch (error) {
      throw error instanceof Refusal ? error : unauthorized(String(error));
    }
  }
}

/** `sb://host:port/Queue/` and `Queue` are one entity; names do not depend on case. */
export function entityPath(address: string): string {
  return address
    .replace(/^[a-z]+:\/\/[^/]*/i, "")
    .replace(/^\/+|\/+$/g, "")
    .toLowerCase();
}

function unauthorized(why: string): Refusal {
  return new Refusal("amqp:unauthorized-access", `Unauthorized access: ${why}.`);
}
