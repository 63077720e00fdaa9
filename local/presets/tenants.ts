import { stableGuid } from "../entra/stable-guid";

/** A directory of the demo world. Entra, Graph and the Partner Center simulator all start from these. */
export interface DemoTenant {
  tenantId: string;
  name: string;
  /** Initial domain of the directory. */
  domain: string;
  /** ISO 3166-1 alpha-2. */
  country: string;
  /** ISO 4217; what Partner Center bills in for this country. */
  currency: "EUR" | "GBP";
}

/** A directory of the MSP that sells: a partner tenant of Microsoft. */
export interface PartnerTenant extends DemoTenant {
  /** The PartnerID (formerly MPN id) of its location. */
  mpnId: string;
}

/** Object id of an account of the demo world: the same in Entra, in Graph and in our grants. */
export function accountId({ domain }: DemoTenant, name: string): string {
  return stableGuid(`${name}@${domain}`);
}

/** The MSP's own directory: its staff sign in here. */
export const mspTenant: DemoTenant = {
  tenantId: "3a7c1f52-64d0-4b1e-9f0a-5c2e8d71b001",
  name: "Nordlicht Managed Services GmbH",
  domain: "nordlicht-msp.onmicrosoft.com",
  country: "DE",
  currency: "EUR",
};

/** Two identities at Partner Center: one bills in euro, the other in pounds. */
export const resellerTenants = {
  nordlicht: {
    tenantId: "8d2b90e6-1f3c-4a57-8b64-2e9f4c60a101",
    name: "Nordlicht CSP Deutschland",
    domain: "nordlichtcsp.onmicrosoft.com",
    country: "DE",
    currency: "EUR",
    mpnId: "4815162",
  },
  northgate: {
    tenantId: "c5e41b07-9a28-4d6f-a3b1-70d8f25e6202",
    name: "Northgate Cloud UK",
    domain: "northgatecloud.onmicrosoft.com",
    country: "GB",
    currency: "GBP",
    mpnId: "2342108",
  },
} as const satisfies Record<string, PartnerTenant>;

const inGermany = { country: "DE", currency: "EUR" } as const;
const inBritain = { country: "GB", currency: "GBP" } as const;

/** The twelve customers, by a short name for code and tests. */
export const customerTenants = {
  mueller: {
    tenantId: "6f0f6d52-0d7a-4e5a-9a5e-1f2b7c0d9e11",
    name: "Müller & Söhne Metallbau GmbH",
    domain: "muellermetallbau.onmicrosoft.com",
    ...inGermany,
  },
  baeckerei: {
    tenantId: "b18e2c94-7d45-4f0b-8a36-95c07e1f4b12",
    name: "Bäckerei Grünwald KG",
    domain: "baeckereigruenwald.onmicrosoft.com",
    ...inGermany,
  },
  kanzlei: {
    tenantId: "e94a7f31-25c8-4b6d-b7e0-3d8216fa5c13",
    name: "Kanzlei Dr. Weiß & Partner mbB",
    domain: "kanzleiweiss.onmicrosoft.com",
    ...inGermany,
  },
  klinik: {
    tenantId: "27d5b8c0-e6f1-4923-9c7a-41b06fd38e14",
    name: "Klinik am Ährenfeld gGmbH",
    domain: "klinikaehrenfeld.onmicrosoft.com",
    ...inGermany,
  },
  schule: {
    tenantId: "90c3e6fa-4b17-4d82-a51f-b7e82d09c615",
    name: "Gymnasium Süderbrarup",
    domain: "gymsuederbrarup.onmicrosoft.com",
    ...inGermany,
  },
  spedition: {
    tenantId: "5be07d29-a38c-46e4-8f10-c2d96a74b816",
    name: "Spedition Östmann AG",
    domain: "speditionoestmann.onmicrosoft.com",
    ...inGermany,
  },
  larkspur: {
    tenantId: "d7261fb4-8e09-4c53-b02d-6fa5913ce717",
    name: "Larkspur Dental",
    domain: "larkspurdental.onmicrosoft.com",
    ...inBritain,
  },
  larkspurCare: {
    tenantId: "0af9c385-6d12-47be-9e48-81b5d7203f18",
    name: "Larkspur Dental Care",
    domain: "larkspurdentalcare.onmicrosoft.com",
    ...inBritain,
  },
  harbour: {
    tenantId: "f3586ae1-b94d-4270-85c6-1d0e7b42a919",
    name: "Harbour & Vale Architects LLP",
    domain: "harbourvale.onmicrosoft.com",
    ...inBritain,
  },
  pennine: {
    tenantId: "41d80b7c-2fe5-4a96-b3d9-e80c6f159a20",
    name: "Pennine Logistics Ltd",
    domain: "penninelogistics.onmicrosoft.com",
    ...inBritain,
  },
  brightwell: {
    tenantId: "a6c92e0d-5713-4f8b-94ea-07b3d86c2f21",
    name: "Brightwell Hospice Trust",
    domain: "brightwellhospice.onmicrosoft.com",
    ...inBritain,
  },
  tidewater: {
    tenantId: "78eb43d6-c0a9-4e25-a714-5f92b1d86c22",
    name: "Tidewater Marine Supplies",
    domain: "tidewatermarine.onmicrosoft.com",
    ...inBritain,
  },
} as const satisfies Record<string, DemoTenant>;
