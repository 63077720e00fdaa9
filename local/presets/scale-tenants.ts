import { createHash } from "node:crypto";
import type { DemoTenant } from "./tenants";

const firstWords = ["Alder", "Birch", "Cedar", "Dünen", "Eichen", "Falken", "Garten", "Hafen", "Isar", "Jade"];
const secondWords = ["Werk", "Haus", "Bridge", "Mühle", "Point", "Hof", "Field", "Söhne", "Gate", "Brücke"];
const trades = [
  "Logistik",
  "Dental",
  "Architekten",
  "Foods",
  "Metallbau",
  "Consulting",
  "Klinik",
  "Stores",
  "Druck",
  "Energie",
];

/** A version 4 GUID that is the same for the same text. */
function guidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** So many generated customers, always the same ones: number `n` is the same tenant at every count. */
export function scaleTenants(count: number): DemoTenant[] {
  return Array.from({ length: count }, (_, index): DemoTenant => {
    const number = String(index + 1).padStart(5, "0");
    const first = firstWords[index % 10] ?? "";
    const second = secondWords[Math.floor(index / 10) % 10] ?? "";
    const trade = trades[Math.floor(index / 7) % 10] ?? "";
    const isBritish = index % 4 === 3;
    return {
      tenantId: guidOf(`scale tenant ${number}`),
      name: `${first} ${second} ${trade} ${number}`,
      domain: `scale${number}.onmicrosoft.com`,
      country: isBritish ? "GB" : "DE",
      currency: isBritish ? "GBP" : "EUR",
    };
  });
}
