import type { Currency } from "./catalog-entry";

export interface Market {
  country: string;
  currency: Currency;
  symbol: string;
}

const euro = { currency: "EUR", symbol: "€" } as const;

/** The countries this simulator sells in. */
const markets: Market[] = [
  { country: "DE", ...euro },
  { country: "AT", ...euro },
  { country: "FR", ...euro },
  { country: "NL", ...euro },
  { country: "FI", ...euro },
  { country: "IE", ...euro },
  { country: "GB", currency: "GBP", symbol: "£" },
  { country: "US", currency: "USD", symbol: "$" },
];

/** The market of a country code of any case; undefined where nothing is sold. */
export function findMarket(country: string): Market | undefined {
  return markets.find((market) => market.country === country.toUpperCase());
}

export function marketCountries(): string[] {
  return markets.map(({ country }) => country);
}
