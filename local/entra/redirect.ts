import type { FastifyReply } from "fastify";
import { descriptionOf, type EntraError, type RequestTrace } from "./entra-error";
import { formPostPage } from "./pages";

/** Where and how an answer goes back to the app. */
export interface ReturnAddress {
  uri: string;
  mode: "query" | "fragment" | "form_post";
  state: string | undefined;
}

/**
 * Whether the address is registered: exactly, but for the port of plain http on loopback, which the real service ignores
 * too (RFC 8252 §7.3).
 */
export function isRegistered(uri: string, registered: string[]): boolean {
  return registered.some(
    (candidate) => candidate === uri || withoutLoopbackPort(candidate) === withoutLoopbackPort(uri),
  );
}

/** Sends the browser back with an answer; `state` is returned untouched. */
export function sendBack(reply: FastifyReply, to: ReturnAddress, answer: Record<string, string>): FastifyReply {
  const parameters = { ...answer, ...(to.state === undefined ? {} : { state: to.state }) };
  if (to.mode === "form_post") {
    return reply.code(200).type("text/html; charset=utf-8").send(formPostPage(to.uri, parameters));
  }
  const text = new URLSearchParams(parameters).toString();
  const separator = to.mode === "fragment" ? "#" : to.uri.includes("?") ? "&" : "?";
  return reply.code(302).header("Location", `${to.uri}${separator}${text}`).send();
}

/** Sends the browser back with a refusal. */
export function sendBackError(
  reply: FastifyReply,
  to: ReturnAddress,
  error: EntraError,
  oauthError: string,
  trace: RequestTrace,
): FastifyReply {
  return sendBack(reply, to, {
    error: oauthError,
    ...(error.code === 65004 ? { error_subcode: "cancel" } : {}),
    error_description: descriptionOf(error, trace),
    error_uri: `https://login.microsoftonline.com/error?code=${error.code}`,
  });
}

function withoutLoopbackPort(uri: string): string {
  return uri.replace(/^(http:\/\/(?:localhost|127\.0\.0\.1)):\d+(?=[/?]|$)/, "$1");
}
