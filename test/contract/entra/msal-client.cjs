"use strict";
// Runs Microsoft's own client library in a process that trusts the certificate authority of the test
// (NODE_EXTRA_CA_CERTS is read only at the start of a process). Driven by messages of msal-child.ts.
const { ClientSecretCredential } = require("@azure/identity");
const msal = require("@azure/msal-node");

const operations = {
  async call({ kind, auth, method, request }) {
    const Application = kind === "public" ? msal.PublicClientApplication : msal.ConfidentialClientApplication;
    const application = new Application({ auth });
    const result = await application[method](request);
    if (typeof result === "string") return result;
    const cache = JSON.parse(application.getTokenCache().serialize());
    const refreshToken = Object.values(cache.RefreshToken ?? {})[0]?.secret;
    return {
      accessToken: result.accessToken,
      scopes: result.scopes,
      idTokenClaims: result.idTokenClaims,
      account: result.account && { username: result.account.username, homeAccountId: result.account.homeAccountId },
      expiresOn: result.expiresOn?.toISOString(),
      refreshToken,
    };
  },
  async credential({ tenantId, clientId, clientSecret, options, scope }) {
    return (await new ClientSecretCredential(tenantId, clientId, clientSecret, options).getToken(scope)).token;
  },
  async post({ url, form }) {
    const response = await fetch(url, { method: "POST", body: new URLSearchParams(form), redirect: "manual" });
    return { status: response.status, location: response.headers.get("location"), body: await response.text() };
  },
  async control({ url, method, body }) {
    const json =
      body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
    return (await fetch(url, { method, ...json })).status;
  },
};

process.on("message", async ({ id, operation, input }) => {
  try {
    process.send({ id, value: await operations[operation](input) });
  } catch (error) {
    const { name, message, errorCode, errorMessage, errorNo, subError, claims, status } = error;
    process.send({ id, error: { name, message, errorCode, errorMessage, errorNo, subError, claims, status } });
  }
});
