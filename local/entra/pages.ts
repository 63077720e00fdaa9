import type { Account } from "./directories";
import { descriptionOf, type EntraError, type RequestTrace } from "./entra-error";

/** Text made safe for element content and quoted attributes. */
function escapeHtml(text: string): string {
  const entities: Partial<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** Choose an account. Plain buttons in a form that posts back to the same address; works without script. */
export function accountPage(appName: string, accounts: Account[], hint: string | undefined): string {
  const hinted = (account: Account): boolean => account.upn.toLowerCase() === hint?.toLowerCase();
  const ordered = [...accounts.filter(hinted), ...accounts.filter((account) => !hinted(account))];
  const buttons = ordered.map(
    ({ upn, displayName, disabled }) =>
      `<li><button name="account" value="${escapeHtml(upn)}">${escapeHtml(displayName)}<br><small>${escapeHtml(upn)}${
        disabled ? " (disabled)" : ""
      }</small></button></li>`,
  );
  return page(
    "Pick an account",
    `<p>to continue to <strong>${escapeHtml(appName)}</strong></p>
<form method="post"><ul>${buttons.join("\n")}</ul></form>`,
  );
}

export interface ConsentPage {
  appName: string;
  upn: string;
  permissions: string[];
  /** An administrator may consent for everybody. */
  offerForEveryone: boolean;
  /** The consent is for everybody anyway. */
  forEveryone: boolean;
}

/** Accept or decline what an app asks for. */
export function consentPage({ appName, upn, permissions, offerForEveryone, forEveryone }: ConsentPage): string {
  const everyone = offerForEveryone
    ? `<p><label><input type="checkbox" name="orgwide" value="true"> Consent on behalf of your organization</label></p>`
    : "";
  return page(
    forEveryone ? "Permissions requested: review for your organization" : "Permissions requested",
    `<p>${escapeHtml(upn)}</p><p><strong>${escapeHtml(appName)}</strong> would like to:</p>
${permissionList(permissions)}
<form method="post">${hiddenAccount(upn)}${everyone}
<button name="consent" value="accept">Accept</button> <button name="consent" value="decline">Cancel</button></form>`,
  );
}

/** A user who may not consent can only go back. */
export function approvalNeededPage(appName: string, upn: string, permissions: string[]): string {
  return page(
    "Need admin approval",
    `<p>${escapeHtml(upn)}</p><p><strong>${escapeHtml(appName)}</strong> needs permissions that only an administrator can grant:</p>
${permissionList(permissions)}
<form method="post">${hiddenAccount(upn)}
<button name="consent" value="decline">Return to the application without granting consent</button></form>`,
  );
}

/** A refusal that is never sent to the app, because its address is not to be trusted or it cannot help. */
export function errorPage(error: EntraError, trace: RequestTrace): string {
  return page(
    "Sorry, but we're having trouble signing you in.",
    `<p role="alert">${escapeHtml(descriptionOf(error, trace))}</p>`,
  );
}

/** `response_mode=form_post`: posts itself where scripts run, and has a button where they do not. */
export function formPostPage(redirectUri: string, parameters: Record<string, string>): string {
  const fields = Object.entries(parameters).map(
    ([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
  );
  return page(
    "Working...",
    `<form method="post" action="${escapeHtml(redirectUri)}">${fields.join("\n")}
<button>Continue</button></form><script>document.forms[0].submit();</script>`,
  );
}

export function signedOutPage(): string {
  return page("You signed out of your account", "<p>It's a good idea to close all browser windows.</p>");
}

function permissionList(permissions: string[]): string {
  return `<ul>${permissions.map((name) => `<li>${escapeHtml(name)}</li>`).join("\n")}</ul>`;
}

function hiddenAccount(upn: string): string {
  return `<input type="hidden" name="account" value="${escapeHtml(upn)}">`;
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(title)}</title>
<style>body{font:1rem/1.5 system-ui,sans-serif;color:#1b1b1b;background:#fff;max-width:28rem;margin:3rem auto;padding:0 1rem}
ul{padding-left:1.2rem}form ul{list-style:none;padding:0}li button{width:100%;text-align:left;margin:.25rem 0}
button{font:inherit;padding:.5rem 1rem;cursor:pointer}footer{margin-top:3rem;color:#555;font-size:.85rem}</style></head>
<body><main><h1>${escapeHtml(title)}</h1>
${body}</main>
<footer>Local stand-in for Microsoft Entra ID. No real account is used.</footer></body></html>
`;
}
