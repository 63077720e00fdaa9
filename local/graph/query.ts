import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { Entity } from "./entities";
import { GraphError } from "./graph-error";

/** Options of a list, and of `$select` alone where the API takes no others. */
export interface ListQuery {
  top: number | undefined;
  select: string[] | undefined;
  /** Position after the last item of the page before. */
  skip: number;
}

const QueryTexts = z.record(z.string(), z.union([z.string(), z.array(z.string())]));
/** Graph's largest page of users and groups. */
const largestPage = 999;

/** Reads the query; options the route does not support are refused as Graph does. `$count` does no harm. */
export function listQueryOf(request: FastifyRequest, supported: ("$top" | "$select" | "$skiptoken")[]): ListQuery {
  const texts = QueryTexts.catch({}).parse(request.query);
  const value = (name: string): string | undefined => [texts[name] ?? []].flat().at(-1);
  const strange = Object.keys(texts).find(
    (name) => name.startsWith("$") && name !== "$count" && !supported.some((option) => option === name),
  );
  if (strange !== undefined) {
    throw new GraphError(400, "Request_UnsupportedQuery", `The query option '${strange}' is not supported here.`);
  }
  return { top: topOf(value("$top")), select: selectOf(value("$select")), skip: skipOf(value("$skiptoken")) };
}

/** One page and the link to the next one. */
export function page(entities: Entity[], query: ListQuery, defaultSize: number, self: string): Entity {
  const size = query.top ?? defaultSize;
  const items = entities.slice(query.skip, query.skip + size);
  const next = query.skip + items.length;
  const more = next < entities.length && items.length > 0;
  return { ...(more ? { "@odata.nextLink": nextLink(self, next) } : {}), value: items };
}

/** The chosen properties; unknown names are ignored. */
export function pick(entity: Entity, names: string[] | undefined): Entity {
  if (names === undefined) return entity;
  const wanted = names.map((name) => name.toLowerCase());
  return Object.fromEntries(Object.entries(entity).filter(([name]) => wanted.includes(name.toLowerCase())));
}

function topOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const top = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(top >= 1 && top <= largestPage)) {
    throw new GraphError(
      400,
      "Request_BadRequest",
      `Invalid page size specified: '${text}'. Must be between 1 and 999 inclusive.`,
    );
  }
  return top;
}

function selectOf(text: string | undefined): string[] | undefined {
  if (text === undefined || text.trim() === "") return undefined;
  return text.split(",").map((name) => name.trim());
}

function skipOf(token: string | undefined): number {
  if (token === undefined) return 0;
  const position = /^p(\d+)$/.exec(Buffer.from(token, "base64url").toString("latin1"))?.[1];
  if (position === undefined)
    throw new GraphError(400, "Directory_ExpiredPageToken", "The specified page token value is invalid or expired.");
  return Number(position);
}

function nextLink(self: string, position: number): string {
  const link = new URL(self);
  link.searchParams.set("$skiptoken", Buffer.from(`p${position}`).toString("base64url"));
  return link.href;
}
