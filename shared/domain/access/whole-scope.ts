import { AppError } from "../../errors";
import type { Actor } from "./actor";

/**
 * For what lies outside of every limited scope, such as a new customer, whose maker could neither see nor use it, or who
 * sees what. Throws `forbidden`.
 */
export function requireWholeScope({ scope }: Pick<Actor, "scope">): void {
  if (scope.kind === "all") return;
  throw new AppError("forbidden", "forbidden", "Only somebody who may act for all customers can do this.");
}
