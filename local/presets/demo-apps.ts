/** Application registrations of the demo world. Secrets here open nothing but the stand-ins of this machine. */
export const apiApp = { appId: "4f1a6c0e-9d27-4b85-8c3f-6e20d7a9b301", displayName: "CSP marketplace API" };

export const tenantApp = {
  appId: "b2d85e17-60af-4c93-a1d4-38f7c95e2402",
  displayName: "CSP marketplace tenant app",
  secret: "local-tenant-app-secret",
};

/** A script of the MSP that uses the API with a token of its own. */
export const robotApp = {
  appId: "7a94c3d8-2e15-4b60-9f7d-c81b06e5fa05",
  displayName: "Provisioning robot",
  secret: "local-robot-secret",
};

/** What the operator enters when adding the reseller: its application and key from Partner Center. */
export const resellerApps = {
  nordlicht: { appId: "0c7be3a9-51d4-4f68-9e02-b6a17d34c503", secret: "local-nordlicht-secret" },
  northgate: { appId: "e63d9f20-7b8a-4125-86c7-1f95a0d42e04", secret: "local-northgate-secret" },
} as const;

/** Every demo account signs in with this. */
export const DEMO_PASSWORD = "local-password";

/** Days until the application secret of the second reseller expires, so that the reminder has something to show. */
export const NORTHGATE_SECRET_DAYS = 12;
