import type { FastifyRequest } from "fastify";

/** Parameters of a request, from the address and the form together; of a repeated one the last counts. */
export type Parameters = Partial<Record<string, string>>;

export function parametersOf(request: FastifyRequest): Parameters {
  return { ...textsOf(request.query), ...textsOf(request.body) };
}

/** The form alone: the token endpoint takes nothing from the address. */
export function formOf(request: FastifyRequest): Parameters {
  return textsOf(request.body);
}

/** Path parameter `tenant`. */
export function tenantOf(request: FastifyRequest): string {
  return textsOf(request.params)["tenant"] ?? "";
}

/** A parameter that is missing or empty reads as undefined. */
export function given(parameters: Parameters, name: string): string | undefined {
  const value = parameters[name];
  return value === undefined || value === "" ? undefined : value;
}

function textsOf(source: unknown): Parameters {
  if (typeof source !== "object" || source === null) return {};
  const texts = Object.entries(source).flatMap(([name, value]: [string, unknown]) => {
    const last: unknown = Array.isArray(value) ? value.at(-1) : value;
    return typeof last === "string" ? [[name, last] as const] : [];
  });
  return Object.fromEntries(texts);
}
